"""A repair makes a changed data set whole again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preprocessing.acquire.audits.audit import audit
from preprocessing.acquire.audits.findings import Kind
from preprocessing.acquire.audits.repair import repair
from preprocessing.fits.format import BLOCK
from preprocessing.fits.output_file import read_output
from preprocessing.fits.writer import row_dtype
from preprocessing.missions.kepler import KEPLER
from tests.support.finished_run import NAME, RECORDS, TARGETS, FinishedRun


@pytest.mark.slow
def test_repair_fetches_only_what_is_damaged_or_missing(finished: FinishedRun) -> None:
    """A repair moves damaged files aside, drops their rows, and leaves the rest alone."""
    place, server = finished.place, finished.server
    first, second, *rest = sorted(finished.outputs)
    (place.raw / first).unlink()
    finished.flip(f"raw/{second}", 3 * BLOCK, 1)
    damaged = (place.raw / second).read_bytes()
    done = repair(finished.data_set, audit(finished.data_set))
    assert (place.root / "damaged" / second).read_bytes() == damaged
    assert done.moved == {second: str(place.root / "damaged" / second)}
    stems = {name.removesuffix(".fits").replace("_", " ") for name in (first, second)}
    assert {n for n in done.dropped if n != NAME} == stems - {NAME}
    before = server.log.files.copy()
    finished.resume()
    assert sum((server.log.files - before).values()) == 2
    assert place.outputs() == finished.outputs
    assert audit(finished.data_set).findings == []
    assert rest


@pytest.mark.slow
@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("damage", ["flip", "remove", "cut", "empty"])
def test_records_are_put_right_from_outputs_and_one_another(
    finished: FinishedRun, name: str, damage: str
) -> None:
    """Records are restored from the outputs and from each other without a fetch."""
    place, server = finished.place, finished.server
    path = place.root / name
    content = finished.content[name]
    if damage == "flip":
        finished.flip(name, len(content) // 2, 2)
    elif damage == "remove":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"")
    before = server.log.files.copy()
    repair(finished.data_set, audit(finished.data_set))
    finished.resume()
    assert server.log.files == before
    assert place.outputs() == finished.outputs
    assert audit(finished.data_set).findings == []
    assert sorted(row["target_id"] for row in place.rows()) == sorted(TARGETS)


@pytest.mark.slow
def test_words_that_changed_places_are_found_by_the_digest(finished: FinishedRun) -> None:
    """The digest finds swapped words that FITS checksums cannot see."""
    name = sorted(finished.outputs)[1]
    path = finished.place.raw / name
    content = finished.outputs[name]
    # The flux of two rows.
    size = row_dtype(KEPLER, is_double=False).itemsize
    first, second = (10 * BLOCK + row * size + 8 for row in (0, 5))
    swapped = bytearray(content)
    swapped[first : first + 4], swapped[second : second + 4] = (
        content[second : second + 4],
        content[first : first + 4],
    )
    path.write_bytes(swapped)
    assert read_output(path).n_rows > 0
    found = audit(finished.data_set)
    assert [(f.kind, f.what) for f in found.findings] == [(Kind.DAMAGED, str(path))]
    repair(finished.data_set, found)
    finished.resume()
    assert finished.place.outputs() == finished.outputs


def _cut(content: bytes, place: int) -> bytes:
    return content[:place]


def _swap(content: bytes, place: int) -> bytes:
    # Never whole words: those leave FITS checksums as they were, and only a digest tells.
    size = max(1, min(place, len(content) - place) // 2) | 1
    size -= 2 * (size > min(place, len(content) - place))
    middle = content[place - size : place], content[place : place + size]
    return content[: place - size] + middle[1] + middle[0] + content[place + size :]


def _flip_in(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :]


_Damage = Callable[[bytes, int], bytes]


@pytest.mark.slow
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_was_done_to_it_it_is_made_whole_again(
    finished: FinishedRun, data: st.DataObject
) -> None:
    """Repair and --resume restore the same bytes after any damage."""
    finished.restore()
    names = sorted(n for n in finished.content if n.endswith(".fits") or n in RECORDS)
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    for name in chosen:
        path = finished.place.root / name
        damage: _Damage | None = data.draw(st.sampled_from([_cut, _swap, _flip_in, None]))
        if damage is None:
            path.unlink()
            continue
        place = data.draw(st.integers(1, len(finished.content[name]) - 1))
        path.write_bytes(damage(finished.content[name], place))
    found = audit(finished.data_set)
    if found.findings:
        repair(finished.data_set, found)
    finished.resume()
    assert finished.place.outputs() == finished.outputs
    assert audit(finished.data_set).findings == []
