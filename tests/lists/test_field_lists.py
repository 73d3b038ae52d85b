"""Lists from the field and real exports of services are read as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing.lists.target_list import ListedTargets, read_target_list
from preprocessing.missions import MISSIONS

_KICS = [8644288, 6462863]
_EPICS = [206103150, 211436265]
_TICS = [162494287, 66818296]


def _read(real_files: Path, name: str, mission: str) -> ListedTargets:
    path = real_files.parent / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return read_target_list(str(path), MISSIONS[mission])


@pytest.mark.parametrize(
    ("name", "mission", "numbers"),
    [
        ("both-columns/crossmatch_both.csv", "Kepler", _KICS),
        ("both-columns/crossmatch_both.csv", "TESS", _TICS),
        ("both-columns/k2pandc_like.csv", "K2", _EPICS),
        ("both-columns/k2pandc_like.csv", "TESS", _TICS),
        ("curl-script/kepler_wget.sh", "Kepler", _KICS[:1]),
        ("curl-script/tesscurl_sector_23_lc.sh", "TESS", _TICS),
        ("exofop-tic-id/exofop_crlf.csv", "TESS", _TICS),
        ("exofop-tic-id/exofop_tic_id.csv", "TESS", _TICS),
        ("exofop-tic-id/k2_go_targets.csv", "K2", _EPICS),
        ("exofop-tic-id/nea_toi.csv", "TESS", _TICS),
        ("header-in-comment/qlp_target_list.csv", "TESS", _TICS),
        ("kic-column/from_own_catalogue.csv", "Kepler", [100000001, 100000009, 100000017]),
        ("kic-column/kic.csv", "Kepler", _KICS),
        ("named-like-numbers/spellings.txt", "Kepler", [*_KICS, 9002278]),
        ("not-commas/columns_space.txt", "Kepler", _KICS),
        ("not-commas/exofop_pipe.txt", "TESS", _TICS),
        ("not-commas/r_write_table.txt", "Kepler", _KICS),
        ("not-commas/semicolon.csv", "Kepler", _KICS),
        ("not-commas/tess_target_list_tab.txt", "TESS", _TICS),
        ("numbers-as-floats/excel_sci.csv", "TESS", [None, *_TICS[::-1]]),
        ("numbers-as-floats/np_savetxt.txt", "Kepler", _KICS),
    ],
)
def test_lists_from_the_field(
    real_files: Path, name: str, mission: str, numbers: list[int | None]
) -> None:
    """Each list means the stars that its author meant, in the catalog of its mission."""
    targets = _read(real_files, f"field/{name}", mission).targets.targets
    assert [target.number for target in targets] == numbers
    assert {target.catalog for target in targets if target.number} == {MISSIONS[mission].catalog}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mission", "column", "n_stars"),
    [
        ("davenport_2016_flares.csv", "Kepler", "kicnum", 4041),
        ("k2pandc_2025-10-04.csv", "K2", "hostname", 1560),
        ("keplerstellar_cdpp.csv", "Kepler", "kepid", 8214),
        ("koi_cumulative_2024-08-16.csv", "Kepler", "kepid", 8214),
        ("mcquillan_2014_rotation.csv", "Kepler", "kepid", 34030),
        ("toi_2025-10-04.csv", "TESS", "tid", 7408),
        ("villanova_binaries.csv", "Kepler", "KIC", 2865),
    ],
)
def test_exports_of_services(
    real_files: Path, name: str, mission: str, column: str, n_stars: int
) -> None:
    """Published tables are lists of their stars, without any row that cannot be one."""
    found = _read(real_files, f"catalogs/{name}", mission)
    assert found.layout.column == column
    assert len(found.targets.targets) == n_stars
    assert all(target.problem is None for target in found.targets.targets)
