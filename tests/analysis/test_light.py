"""Light of any kind becomes finite, ascending float64, and is divided where it should be."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.analysis.light import LeftOut, prepare_light
from preprocessing.analysis.missing import Missing

TIME = 100 + 0.02 * np.arange(200)
FLUX = 1 + 0.001 * np.sin(TIME)


class TestPreparing:
    @pytest.mark.parametrize(
        ("dtype", "tolerance"), [(">f8", 0.0), ("f8", 0.0), (">f4", 1e-5), ("f4", 1e-5)]
    )
    def test_every_type_becomes_native(self, dtype: str, tolerance: float) -> None:
        """Any byte order and precision is turned into contiguous native float64."""
        table = np.zeros(200, dtype=[("t", dtype), ("f", dtype)])
        table["t"], table["f"] = TIME, FLUX
        light = prepare_light(table["t"], table["f"])
        for array in (light.time_d, light.flux, light.flux_err):
            assert array.dtype == np.float64
            assert array.dtype.isnative
            assert array.flags.c_contiguous
        assert light.time_d == pytest.approx(TIME, abs=tolerance)
        assert light.flux == pytest.approx(FLUX / np.median(FLUX), abs=tolerance)

    def test_what_is_left_out_is_counted(self) -> None:
        """Each point that cannot be used is left out and counted by its reason."""
        time, flux = np.tile(TIME, 2), np.tile(FLUX, 2)
        sequence = np.repeat([1, 2], 200)
        time[200:] += 10
        time[3], time[5], flux[7] = np.nan, np.inf, -np.inf
        time[9] = 1e30
        time[11] = time[10]
        flux[13] = 1e30
        flux[200:] *= -1
        light = prepare_light(time, flux, sequence=sequence)
        assert light.left_out == {
            LeftOut.NOT_FINITE: 3,
            LeftOut.FAR_IN_TIME: 1,
            LeftOut.SAME_TIME: 1,
            LeftOut.NO_LEVEL: 200,
            LeftOut.NOT_PHYSICAL: 1,
        }
        assert len(light) + sum(light.left_out.values()) == 400
        assert np.isfinite(light.time_d).all()
        assert np.isfinite(light.flux).all()

    def test_times_in_any_order_give_the_same_light(self) -> None:
        """Shuffled points are sorted, and those that moved are counted."""
        order = np.random.default_rng(1).permutation(200)
        light = prepare_light(TIME[order], FLUX[order], FLUX[order])
        assert light.time_d.tolist() == TIME.tolist()
        assert (
            light.flux.tolist()
            == light.flux_err.tolist()
            == prepare_light(TIME, FLUX).flux.tolist()
        )
        assert light.n_reordered > 0

    def test_masked_points_are_left_out(self) -> None:
        """A point that numpy masks counts as one without a number."""
        flux = np.ma.masked_array(FLUX, mask=np.arange(200) < 2)
        assert prepare_light(TIME, flux).left_out == {LeftOut.NOT_FINITE: 2}

    def test_each_file_gets_its_own_level(self) -> None:
        """Files that are in different units of flux are both relative to their median."""
        sequence = np.repeat([1, 2], 100)
        flux = np.where(sequence == 1, 5000.0, 70.0)
        assert (prepare_light(TIME, flux, flux, sequence).flux == 1).all()

    @pytest.mark.parametrize("n", [0, 1, 3])
    def test_a_few_points_are_no_error(self, n: int) -> None:
        """Light of no, one or three points has edges like any other."""
        light = prepare_light(TIME[:n], FLUX[:n])
        assert len(light) == n
        for edges in (light.file_edges, light.segment_edges, light.chunk_edges):
            assert edges.tolist() == ([0, n] if n else [0])

    def test_arrays_of_different_lengths_are_refused(self) -> None:
        """Arrays that do not belong together raise an error that says their shapes."""
        with pytest.raises(ValueError, match=r"\(200,\), \(199,\)"):
            prepare_light(TIME, FLUX[1:])


class TestDivision:
    def test_chunks_never_cross_a_file(self) -> None:
        """A quarter of 90 d has three equal chunks, one of 30 d has one, one of 10 d has one."""
        spans = [90, 30, 10]
        time = np.concatenate([100 * i + np.arange(0, span, 0.02) for i, span in enumerate(spans)])
        sequence = np.repeat([1, 2, 3], [round(span / 0.02) for span in spans])
        edges = prepare_light(time, np.ones_like(time), None, sequence).chunk_edges
        assert np.diff(edges).tolist() == [1500, 1500, 1500, 1500, 500]

    def test_chunks_without_light_are_none(self) -> None:
        """Sectors years apart that are given as one file make no empty chunks."""
        time = np.concatenate([np.arange(0, 25, 0.1), np.arange(800, 825, 0.1)])
        light = prepare_light(time, np.ones_like(time))
        assert (np.diff(light.chunk_edges) > 0).all()
        assert len(light.chunk_edges) == 3

    def test_segments_end_at_files_and_gaps(self) -> None:
        """A gap of more than 0.75 d or a new file ends a segment, and a shorter gap does not."""
        time = np.concatenate([TIME, TIME[-1] + 0.7 + TIME - 100, TIME[-1] + 20 + TIME])
        sequence = np.repeat([1, 2], [500, 100])
        light = prepare_light(time, np.ones_like(time), None, sequence)
        assert light.segment_edges.tolist() == [0, 400, 500, 600]
        assert light.file_edges.tolist() == [0, 500, 600]


def test_reasons_print_as_their_value() -> None:
    """Reasons are written to tables as their short name."""
    assert f"{Missing.TIME_OUT} {LeftOut.THIN_BIN}" == "time_out thin_bin"
