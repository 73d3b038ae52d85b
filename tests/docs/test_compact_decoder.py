"""The lines that decode the times of the compact profile are right as they are printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing import open_dataset
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.dataset.packing.pack import PackRequest, pack
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from tests.docs.pages import DOCS, blocks
from tests.support.clocked_stars import write_clocked_star

_PAGE = DOCS / "reference" / "packed.md"


@pytest.mark.slow
def test_the_printed_lines_decode_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They give the times of the FITS file, bit for bit, also where the clock does not."""
    places = DatasetFolder(tmp_path / "mine")
    products = [kepler_product(LONG_STAMPS[quarter][0], 757076, "long") for quarter in (1, 3)]
    write_clocked_star(places, products[:1])
    write_clocked_star(places, products, is_gathered=False, odd=[5, 9])
    pack(PackRequest(places.root, is_compact=True))
    (code,) = (
        block.code for block in blocks(_PAGE.read_text("utf-8")) if "time_code" in block.code
    )
    monkeypatch.chdir(tmp_path)
    found: dict[str, object] = {}
    exec(compile(code, _PAGE.name, "exec"), found)
    (star,) = open_dataset(places.root)
    assert len(found["exact"]) == 2 + 60  # type: ignore[arg-type]  # an array
    assert found["time"].tobytes() == star.time.tobytes()  # type: ignore[attr-defined]
