"""A data set that was touched is found out, and made whole again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preprocessing import run_lock
from preprocessing.audit import audit
from preprocessing.books import DataSet, read_books
from preprocessing.embedded.server import ArchiveThread
from preprocessing.embedded.synthetic import SyntheticHoldings
from preprocessing.fits_format import BLOCK
from preprocessing.repair import repair
from tests.scraping import Place

_HOLDINGS = SyntheticHoldings(4, n_quarters=1)
_NAME = _HOLDINGS.star(_HOLDINGS.kics()[0]).names[0]
#: A star by its name and by its number, two more, and one that nobody has.
_TARGETS = (_NAME, *(f"KIC {kic}" for kic in _HOLDINGS.kics()), "KIC 757076")
_RECORDS = ("results.csv", "results_manifest.jsonl", "checkpoints/scraper_checkpoint.json")


@dataclass(frozen=True)
class _Finished:
    """A run that ended, and the archive that it was of."""

    place: Place
    server: ArchiveThread
    arguments: tuple[str, ...]
    content: dict[str, bytes]

    @property
    def data_set(self) -> DataSet:
        return DataSet(self.place.raw, self.place.results, self.place.checkpoint.parent)

    def restore(self) -> None:
        shutil.rmtree(self.place.root)
        for name, content in self.content.items():
            path = self.place.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    @property
    def outputs(self) -> dict[str, bytes]:
        start = len("raw/")
        return {n[start:]: c for n, c in self.content.items() if n.startswith("raw/")}

    def resume(self) -> None:
        # One of the targets has no data, and so never is complete.
        assert self.place.scrape(*self.arguments, "--resume", "--quiet") == 1


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Finished]:
    """Make a small data set with everything in it that records can say."""
    place = Place(tmp_path_factory.mktemp("audit") / "run")
    with ArchiveThread(_HOLDINGS) as server:
        arguments = ("--ids", ",".join(_TARGETS), "--archive", server.base_url)
        assert place.scrape(*arguments, "--quiet", "--workers", "1") == 1
        content = {
            str(path.relative_to(place.root)): path.read_bytes()
            for path in place.root.rglob("*")
            if path.is_file()
        }
        yield _Finished(place, server, arguments, content)


@pytest.fixture
def finished(whole: _Finished, monkeypatch: pytest.MonkeyPatch) -> _Finished:
    """Return it as it was when the run ended."""
    monkeypatch.setattr(run_lock, "SECOND_LOOK_S", 0.0)
    whole.restore()
    return whole


def _said(finished: _Finished) -> list[str]:
    root = f"{finished.place.root}/"
    return [str(finding).replace(root, "") for finding in audit(finished.data_set).findings]


def _flip(path: Path, place: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def test_a_finished_run_is_sound(finished: _Finished) -> None:
    """Nothing is found; what has no output is counted, and no damage."""
    result = audit(finished.data_set)
    assert result.findings == []
    assert result.checked == len(_HOLDINGS.kics())
    lines = list(result.describe())
    assert lines[0].startswith("6 targets recorded: 5 complete, 0 partial, and 1 without an output")
    assert lines[-1] == "All of it is sound."


@pytest.mark.parametrize("name", _RECORDS)
def test_any_flipped_bit_of_a_record_is_found(finished: _Finished, name: str) -> None:
    """All along the file, each bit of a byte as often as the others."""
    path = finished.place.root / name
    # Odd, so that all bits have their turn.
    stride = len(finished.content[name]) // 400 | 1
    for place in range(0, len(finished.content[name]), stride):
        _flip(path, place, place % 8)
        assert read_books(finished.data_set).findings, (name, place)
        path.write_bytes(finished.content[name])


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_any_file_is_found(finished: _Finished, data: st.DataObject) -> None:
    """Wherever it is, something speaks against it."""
    names = [n for n in finished.content if n.endswith(".fits") or n in _RECORDS]
    name = data.draw(st.sampled_from(sorted(names)))
    path = finished.place.root / name
    place = data.draw(st.integers(0, len(finished.content[name]) - 1))
    _flip(path, place, data.draw(st.integers(0, 7)))
    assert audit(finished.data_set).findings
    path.write_bytes(finished.content[name])


@pytest.mark.parametrize("name", [*_RECORDS, f"raw/KIC_{_HOLDINGS.kics()[1]}.fits"])
@pytest.mark.parametrize("keep", [0.0, 0.5, 0.999])
def test_a_file_that_was_cut_off_is_found(finished: _Finished, name: str, keep: float) -> None:
    """At its beginning, in its middle, or in its last line."""
    path = finished.place.root / name
    content = finished.content[name]
    path.write_bytes(content[: int(keep * len(content))])
    assert any(name in line for line in _said(finished))


@pytest.mark.parametrize("name", ["results.csv", "results_manifest.jsonl"])
def test_whole_lines_missing_or_swapped_are_found(finished: _Finished, name: str) -> None:
    """Wherever they stand."""
    path = finished.place.root / name
    lines = finished.content[name].splitlines(keepends=True)
    for number in range(len(lines)):
        rest = lines[:number] + lines[number + 1 :]
        path.write_bytes(b"".join(rest))
        assert read_books(finished.data_set).findings, number
        path.write_bytes(b"".join([*rest[:2], lines[number], *rest[2:]]))
        if path.read_bytes() != finished.content[name]:
            assert read_books(finished.data_set).findings, number


def test_each_kind_is_named_once(finished: _Finished) -> None:
    """What is missing, damaged, or nowhere recorded has a line of its own."""
    first, second, third, fourth = sorted(finished.outputs)
    raw = finished.place.raw
    (raw / first).unlink()
    _flip(raw / second, 9 * BLOCK, 1)
    shutil.copy(raw / fourth, raw / third)
    (raw / "notes.txt").write_text("mine")
    (raw / ".KIC_9.fits.part").touch()
    said = _said(finished)
    assert said[:2] == [
        f"missing: raw/{first}: is not there",
        f"damaged: raw/{second}: a checksum is wrong",
    ]
    assert said[2].startswith(f"damaged: raw/{third}: is not of KIC ")
    assert said[3:] == [
        "extra: raw/.KIC_9.fits.part: was being written when a run was killed",
        "extra: raw/notes.txt: is nowhere recorded",
    ]


def test_a_list_that_is_not_done_is_not_complete(finished: _Finished) -> None:
    """Targets without an outcome are missing."""
    with open(finished.place.root / "results_targets.csv", "a") as stream:
        stream.write('"KIC 123"\n')
    assert _said(finished) == ["missing: KIC 123: has no row in results.csv"]


def test_processes_find_the_same(finished: _Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many outputs there are."""
    _flip(finished.place.raw / sorted(finished.outputs)[1], 9 * BLOCK, 3)
    alone = audit(finished.data_set).findings
    monkeypatch.setattr("preprocessing.audit._MANY", 0)
    assert audit(finished.data_set, 2).findings == alone
    assert len(alone) == 1


def test_repair_fetches_only_what_is_damaged_or_missing(finished: _Finished) -> None:
    """Damaged files are moved aside, rows go, and the rest is left alone."""
    place, server = finished.place, finished.server
    first, second, *rest = sorted(finished.outputs)
    (place.raw / first).unlink()
    _flip(place.raw / second, 3 * BLOCK, 1)
    damaged = (place.raw / second).read_bytes()
    done = repair(finished.data_set, audit(finished.data_set))
    assert (place.root / "damaged" / second).read_bytes() == damaged
    assert done.moved == {second: str(place.root / "damaged" / second)}
    stems = {name.removesuffix(".fits").replace("_", " ") for name in (first, second)}
    assert {n for n in done.dropped if n != _NAME} == stems - {_NAME}
    before = server.log.files.copy()
    finished.resume()
    assert sum((server.log.files - before).values()) == 2
    assert place.outputs() == finished.outputs
    assert audit(finished.data_set).findings == []
    assert rest


@pytest.mark.parametrize("name", _RECORDS)
@pytest.mark.parametrize("damage", ["flip", "remove", "cut", "empty"])
def test_records_are_put_right_from_outputs_and_one_another(
    finished: _Finished, name: str, damage: str
) -> None:
    """Nothing that is there is fetched again."""
    place, server = finished.place, finished.server
    path = place.root / name
    content = finished.content[name]
    if damage == "flip":
        _flip(path, len(content) // 2, 2)
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
    assert sorted(row["target_id"] for row in place.rows()) == sorted(_TARGETS)


def _cut(content: bytes, place: int) -> bytes:
    return content[:place]


def _swap(content: bytes, place: int) -> bytes:
    size = max(1, min(place, len(content) - place) // 2)
    middle = content[place - size : place], content[place : place + size]
    return content[: place - size] + middle[1] + middle[0] + content[place + size :]


def _flip_in(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :]


_Damage = Callable[[bytes, int], bytes]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_was_done_to_it_it_is_made_whole_again(
    finished: _Finished, data: st.DataObject
) -> None:
    """After repair and --resume the outputs are the same bytes, and all of it is sound."""
    finished.restore()
    names = sorted(n for n in finished.content if n.endswith(".fits") or n in _RECORDS)
    for name in data.draw(st.sets(st.sampled_from(names), min_size=1, max_size=3)):
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
