"""An output is read back as it was written, or refused."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.file_record import FileRecord, failed_file
from preprocessing.core.outcomes import OutputFile
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import BLOCK
from preprocessing.fits.output_file import read_first_header, read_output
from preprocessing.fits.stitch import stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions import LONG
from preprocessing.missions.kepler import EXPOSURES_S
from preprocessing.missions.recipe import Recipe
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

_HOLDINGS = SyntheticHoldings(1, n_quarters=3)
_PRODUCTS = _HOLDINGS.star(_HOLDINGS.star_keys()[0]).products


def _write(path: Path) -> tuple[OutputFile, list[FileRecord]]:
    writer = StitchedWriter(path, Recipe(), EXPOSURES_S[LONG])
    records = []
    for product in _PRODUCTS[:2]:
        quarter = stitch_file(_HOLDINGS.body(product), product, Recipe())
        writer.describe_star(quarter.star)
        writer.append(quarter.rows)
        records.append(quarter.record)
    records.append(failed_file(_PRODUCTS[2], Reason.TIMEOUT))
    return writer.finish(records, None), records


def _told(record: FileRecord) -> tuple[object, ...]:
    return record.label, record.file_name, record.status, record.reason, record.sha256


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    """Size, digest and every file's record come back as the writer gave them."""
    path = tmp_path / "a.fits"
    file, records = _write(path)
    content = path.read_bytes()
    assert file == OutputFile("a.fits", len(content), hashlib.sha256(content).hexdigest())
    output = read_output(path)
    assert output.file == file
    assert list(map(_told, output.records)) == list(map(_told, records))
    assert [record.label for record in output.used] == [r.label for r in records[:2]]
    assert output.n_rows == sum(record.rows_kept for record in records)
    assert read_first_header(path).get("KEPLERID") == _PRODUCTS[0].number


@pytest.mark.parametrize("change", ["longer", "shorter", "none", "flipped"])
def test_what_is_no_sound_output_is_refused(tmp_path: Path, change: str) -> None:
    """A cut, lengthened, empty or altered output is refused."""
    path = tmp_path / "a.fits"
    _write(path)
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[-BLOCK] ^= 1
    changed = {
        "longer": content + bytes(BLOCK),
        "shorter": content[:-BLOCK],
        "none": b"",
        "flipped": bytes(flipped),
    }
    path.write_bytes(changed[change])
    with pytest.raises(CorruptProduct):
        read_output(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    """A pipe is refused as an output without waiting for it."""
    os.mkfifo(tmp_path / "a.fits")
    with pytest.raises((CorruptProduct, OSError)):
        read_output(tmp_path / "a.fits")
