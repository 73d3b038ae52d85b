"""A folder of light curves is opened as a data set."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.table import Column

from preprocessing import Dataset, open_dataset
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import (
    CorruptProduct,
    LightCurveNotFound,
    UnreadableProduct,
    UsageError,
)
from preprocessing.core.light_curve import LightCurve
from preprocessing.dataset.reader import ReadFailure
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from tests.support.finished_run import NAME, FinishedRun
from tests.support.outputs import write_output, write_sample

_STARS = (757076, 8644288, 11904151)


def write_star(folder: Path, number: int, stem: str = "") -> Path:
    """Write the output of one star of Kepler with one quarter."""
    return write_output(folder, [kepler_product(LONG_STAMPS[1][0], number, "long")], stem=stem)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the outputs of three stars of Kepler, and nothing else."""
    for number in _STARS:
        write_star(tmp_path, number)
    return tmp_path


def test_folder_of_outputs_is_a_dataset(folder: Path) -> None:
    """A bare folder of light curves has length, ids in order of their numbers, and no outcomes."""
    dataset = open_dataset(str(folder))
    assert len(dataset) == 3
    assert dataset.ids == ("KIC 757076", "KIC 8644288", "KIC 11904151")
    assert [star.name for star in dataset] == list(dataset.ids)
    assert dataset.outcomes == ()
    assert dataset.lost() == ()
    assert str(folder) in repr(dataset)


@pytest.mark.slow
def test_dataset_folder_has_its_records(finished: FinishedRun) -> None:
    """What `xenoscan download --dataset` leaves needs nothing but the name of the folder."""
    places = DatasetFolder(finished.place.root / "data set")
    places.root.mkdir()
    finished.place.raw.rename(places.lightcurves)
    finished.place.results.rename(places.results)
    dataset = open_dataset(places.root)
    assert len(dataset) == 4
    assert len(dataset.outcomes) == len(finished.arguments[1].split(","))
    table = dataset.outcome_table()
    assert list(table["target_id"][table["reason"] != "complete"]) == ["KIC 757076"]


def test_outputs_and_results_may_be_apart(finished: FinishedRun) -> None:
    """In the layout of the scripts, the results CSV is named besides the folder."""
    dataset = open_dataset(finished.place.raw, results=finished.place.results)
    assert len(dataset) == 4
    assert {outcome.reason.value for outcome in dataset.outcomes} == {"complete", "no_data"}


@pytest.mark.parametrize(
    "name",
    [
        *("KIC 8644288", "kic8644288", "kplr008644288", "8644288", "KIC_8644288", b"KIC 8644288"),
        *(8644288, 8644288.0, np.int32(8644288), np.uint64(8644288), np.str_("KIC 8644288")),
    ],
)
def test_stars_are_found_by_every_spelling(name: Any, folder: Path) -> None:
    """Text in any spelling, numbers of Python and of numpy, and names of files find a star."""
    dataset = open_dataset(folder)
    assert name in dataset
    assert dataset[name].number == 8644288


def test_stars_are_chosen_by_their_outcomes(finished: FinishedRun) -> None:
    """Without packing, a condition is about the columns of the results CSV."""
    dataset = open_dataset(finished.place.raw, results=finished.place.results)
    assert set(dataset.select("reason = 'complete' and n_points > 1")) == set(dataset.ids)
    assert dataset.select("reason = 'no_data'") == ()
    with pytest.raises(UsageError, match="kepmag, which is not a column"):
        dataset.select("kepmag < 14")


def test_stars_are_found_by_a_second_name(finished: FinishedRun) -> None:
    """A star that was downloaded under two names has one file, and is found by both."""
    dataset = open_dataset(finished.place.raw, results=finished.place.results)
    number = dataset[NAME].number
    assert dataset[f"KIC {number}"].path == dataset[NAME].path
    assert dataset[number].path == dataset[NAME].path
    assert NAME in dataset.ids


@pytest.mark.parametrize("name", ["KIC 1", 1, 0, -1, "Kepler-10", "../KIC_757076", ""])
def test_unknown_stars_are_named(name: Any, folder: Path) -> None:
    """A star without a light curve raises an error that is a KeyError and says the name."""
    dataset = open_dataset(folder)
    assert name not in dataset
    with pytest.raises(LightCurveNotFound, match=r"no light curve of") as error:
        dataset[name]
    assert isinstance(error.value, KeyError)
    assert not str(error.value).startswith("'")


@pytest.mark.parametrize("name", [None, 1.5, ["KIC 757076"], slice(2), True])
def test_what_is_no_name_is_refused(name: Any, folder: Path) -> None:
    """Anything but a name or a number is bad usage."""
    dataset = open_dataset(folder)
    with pytest.raises(UsageError, match="the target is"):
        dataset[name]


def test_failed_stars_say_why(finished: FinishedRun) -> None:
    """Where the records know the reason, the error tells it."""
    dataset = open_dataset(finished.place.raw, results=finished.place.results)
    with pytest.raises(LightCurveNotFound, match="no_data, the archive has no light curve"):
        dataset["KIC 757076"]


def test_record_without_output_is_lost(finished: FinishedRun) -> None:
    """A light curve that was removed is listed as lost, and asking for it says so."""
    (removed, *_) = sorted(finished.place.raw.glob("KIC_*.fits"))
    removed.unlink()
    dataset = open_dataset(finished.place.raw, results=finished.place.results)
    name = removed.stem.replace("_", " ")
    assert dataset.lost() == (name,)
    assert name not in dataset.ids
    with pytest.raises(LightCurveNotFound, match=f"its file {removed.name} is gone"):
        dataset[name]


def test_output_without_record_is_there(finished: FinishedRun) -> None:
    """A light curve that a killed run had not recorded yet can be read."""
    lines = finished.place.results.read_bytes().splitlines(keepends=True)
    # The last row is cut off as well.
    finished.place.results.write_bytes(b"".join(lines[:3]) + lines[3][:10])
    dataset = open_dataset(finished.place.raw, results=finished.place.results)
    assert len(dataset.outcomes) == 2
    assert len(list(dataset)) == len(dataset) == 4


def test_unfinished_files_do_not_count(folder: Path) -> None:
    """What an interrupted run left half written is no light curve."""
    (folder / ".KIC_1.fits.part").write_bytes(b"half")
    (folder / ".KIC_2.fits").write_bytes(b"hidden")
    (folder / "notes.txt").write_bytes(b"text")
    assert len(open_dataset(folder)) == 3


def test_mixed_missions_in_one_folder(tmp_path: Path) -> None:
    """Every mission and author has its own ids, and a bare number must be of one catalog alone."""
    for kind in ("Kepler", "K2", "K2SFF", "SPOC", "QLP"):
        write_sample(tmp_path, kind)
    dataset = open_dataset(tmp_path)
    assert dataset.ids == (
        *("EPIC 206103150", "EPIC 221312395", "KIC 757076"),
        *("TIC_25155310", "TIC_25155310_qlp"),
    )
    assert [star.author for star in dataset] == ["K2", "K2SFF", "Kepler", "SPOC", "QLP"]
    assert dataset[206103150].mission == "K2"
    assert dataset["TIC_25155310"].author == "SPOC"
    with pytest.raises(UsageError, match="2 light curves: choose one of TIC_25155310, TIC_2515531"):
        dataset[25155310]


def test_number_of_two_catalogs_is_ambiguous(tmp_path: Path) -> None:
    """A bare number that two catalogs have is refused; with its catalog it is found."""
    write_star(tmp_path, 757076)
    write_sample(tmp_path, "SPOC", stem="TIC_757076")
    dataset = open_dataset(tmp_path)
    with pytest.raises(UsageError, match="has 2 light curves"):
        dataset[757076]
    assert dataset["KIC 757076"].mission == "Kepler"


def test_two_cadences_of_one_star(tmp_path: Path) -> None:
    """Light curves of one star have the names of their files as ids."""
    write_sample(tmp_path, "Kepler")
    write_sample(tmp_path, "Kepler short")
    dataset = open_dataset(tmp_path)
    assert dataset.ids == ("KIC_757076", "KIC_757076_short")
    assert [star.cadence for star in dataset] == ["long", "short"]


def test_failures_end_the_iteration_or_stand_in_it(folder: Path) -> None:
    """Files that cannot be read raise a named error, or are data where that is asked for."""
    (folder / "KIC_8644288.fits").write_bytes(b"SIMPLE  =" + bytes(3000))
    (folder / "KIC_9.fits").write_text("no light curve\n")
    dataset = open_dataset(folder)
    with pytest.raises(UnreadableProduct, match=r"KIC_9\.fits"):
        list(dataset)
    for jobs in (1, 3):
        found = list(dataset.read(jobs=jobs, failures="yield"))
        assert [type(star) for star in found] == [ReadFailure, LightCurve, ReadFailure, LightCurve]
        failures = [star for star in found if isinstance(star, ReadFailure)]
        assert [type(f.error) for f in failures] == [UnreadableProduct, CorruptProduct]
        assert [f.id for f in failures] == ["KIC 9", "KIC 8644288"]
    (folder / "KIC_11904151.fits").unlink()
    *_, last = dataset.read(failures="yield")
    assert isinstance(last, ReadFailure) and isinstance(last.error, FileNotFoundError)


def test_checksums_are_checked_where_asked_for(folder: Path) -> None:
    """With `verify`, one changed bit among the numbers is found."""
    path = folder / "KIC_757076.fits"
    content = path.read_bytes()
    place = content.rindex(b"kplr000757076-")
    path.write_bytes(content[:place] + b"K" + content[place + 1 :])
    assert open_dataset(folder)[757076].files
    with pytest.raises(CorruptProduct, match="checksum"):
        open_dataset(folder, verify=True)[757076]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_threads_keep_the_order(jobs: int, tmp_path: Path) -> None:
    """However many threads read, light curves come in the order of the ids or of the names."""
    for number in range(1, 31):
        write_star(tmp_path, number)
    dataset = open_dataset(tmp_path)
    assert [star.number for star in dataset.read(jobs=jobs)] == list(range(1, 31))
    backwards = np.arange(30, 0, -1)
    assert [star.number for star in dataset.read(backwards, jobs=jobs)] == list(backwards)
    column = Column(["KIC 3", "KIC 2"])
    assert [star.number for star in dataset.read(column, jobs=jobs)] == [3, 2]
    first = next(dataset.read(jobs=jobs))
    assert first.number == 1


def test_one_name_is_one_star(folder: Path) -> None:
    """A bare string is a star, not its letters."""
    assert [star.number for star in open_dataset(folder).read("KIC 757076")] == [757076]


def test_batches_are_lists(folder: Path) -> None:
    """Light curves come in lists of some length, of which the last may be shorter."""
    dataset = open_dataset(folder)
    assert [[star.number for star in batch] for batch in dataset.batches(2)] == [
        [757076, 8644288],
        [11904151],
    ]
    assert [len(batch) for batch in dataset.batches(3, jobs=2)] == [3]


@pytest.mark.parametrize(
    "call",
    [
        lambda dataset: dataset.read(jobs=0),
        lambda dataset: dataset.batches(0),
        lambda dataset: dataset.read([None]),
        lambda dataset: dataset.read(["KIC 757076", "KIC 1"]),
        lambda dataset: dataset.stack(column="colour"),
    ],
)
def test_bad_arguments_are_refused_at_once(call: Callable[[Dataset], object], folder: Path) -> None:
    """Mistakes are told when the call is made, not when the first light curve is wanted."""
    with pytest.raises(UsageError):
        call(open_dataset(folder))


def test_stack_of_a_dataset(folder: Path) -> None:
    """One call leads from a folder to an array, one row a star."""
    dataset = open_dataset(folder)
    cadences, flux = dataset.stack(dataset.ids[:2], jobs=2)
    assert flux.shape == (2, len(cadences)) == (2, 60)
    assert np.array_equal(flux[1], dataset[8644288].flux, equal_nan=True)


@pytest.mark.lightkurve
def test_collection_of_lightkurve(folder: Path) -> None:
    """A data set, or some of its stars, becomes a collection of lightkurve's."""
    import lightkurve

    collection = open_dataset(folder).to_lightkurve([757076, 8644288])
    assert isinstance(collection, lightkurve.LightCurveCollection)
    assert [curve.label for curve in collection] == ["KIC 757076", "KIC 8644288"]


def test_dataset_can_be_pickled(finished: FinishedRun) -> None:
    """Another process can be handed a data set, and its light curves."""
    dataset = open_dataset(finished.place.raw, results=finished.place.results)
    again = pickle.loads(pickle.dumps(dataset))
    assert (again.ids, again.outcomes) == (dataset.ids, dataset.outcomes)
    star = pickle.loads(pickle.dumps(dataset[dataset.ids[0]]))
    assert star.header["ORIGIN"] == "XENOSCAN"


def test_empty_folders(tmp_path: Path) -> None:
    """A data set in which every target failed is empty; a folder of nothing is a mistake."""
    with pytest.raises(UsageError, match="neither light curves nor records"):
        open_dataset(tmp_path)
    (tmp_path / "lightcurves").mkdir()
    dataset = open_dataset(tmp_path)
    assert (len(dataset), list(dataset), list(dataset.batches(3))) == (0, [], [])
    cadences, flux = dataset.stack()
    assert (len(cadences), flux.shape) == (0, (0, 0))
    with pytest.raises(LightCurveNotFound):
        dataset["KIC 757076"]


def test_absent_folders_and_results_are_bad_usage(folder: Path) -> None:
    """A wrong path is told in one line."""
    with pytest.raises(UsageError, match="there is no folder"):
        open_dataset(folder / "nowhere")
    with pytest.raises(UsageError, match="there is no folder"):
        open_dataset(folder / "KIC_757076.fits")
    with pytest.raises(UsageError, match="there is no results CSV"):
        open_dataset(folder, results=folder / "results.csv")
    (folder / "results.csv").write_text("kepid,period\n757076,1\n")
    with pytest.raises(UsageError, match="no results CSV: it has no column"):
        open_dataset(folder, results=folder / "results.csv").outcome_table()
