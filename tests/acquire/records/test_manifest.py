"""The manifest is a chain of lines, so that a change to any of them shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.records.manifest import NO_CHAIN, Manifest, chained, read_manifest
from preprocessing.core.errors import RunError

_CONTENTS: list[dict[str, Any]] = [{"kind": "target", "target": f"KIC {n}"} for n in range(1, 6)]


def _write(path: Path, contents: list[dict[str, Any]]) -> bytes:
    manifest = Manifest(path)
    for content in contents:
        manifest.append(content)
    manifest.close()
    return path.read_bytes()


def _sound(path: Path) -> list[bool]:
    return [line.is_sound for line in read_manifest(path)]


def test_lines_come_back(tmp_path: Path) -> None:
    """Each line is JSON, and sound."""
    text = _write(tmp_path / "m.jsonl", _CONTENTS)
    assert [json.loads(line)["target"] for line in text.splitlines()] == [
        content["target"] for content in _CONTENTS
    ]
    assert [line.content for line in read_manifest(tmp_path / "m.jsonl")] == _CONTENTS


@pytest.mark.slow
@given(name=st.text(), count=st.integers(1, 4))
def test_the_chain_goes_over_any_content(name: str, count: int) -> None:
    """A line with any content stays one line and ends with its chain."""
    chain = NO_CHAIN
    for _ in range(count):
        line = chained({"kind": name}, chain)
        assert line.count(b"\n") == 1
        content = json.loads(line)
        assert content["kind"] == name
        assert content["chain"].encode() == line[-67:-3]
        assert content["chain"] != chain
        chain = content["chain"]


def test_going_on_continues_the_chain(tmp_path: Path) -> None:
    """A manifest opened twice equals one opened once."""
    whole = _write(tmp_path / "whole.jsonl", _CONTENTS)
    _write(tmp_path / "m.jsonl", _CONTENTS[:2])
    assert _write(tmp_path / "m.jsonl", _CONTENTS[2:]) == whole


@pytest.mark.parametrize("torn", [b"{", b'{"kind":"target"', bytes(40), b"x" * 200_000])
def test_a_torn_last_line_goes(tmp_path: Path, torn: bytes) -> None:
    """A line that a crash cut off is removed, and the chain continues from the line before."""
    path = tmp_path / "m.jsonl"
    whole = _write(path, _CONTENTS[:2])
    path.write_bytes(whole + torn)
    Manifest(path).close()
    assert path.read_bytes() == whole
    path.write_bytes(torn)
    Manifest(path).close()
    assert path.read_bytes() == b""


def test_nothing_is_chained_to_a_damaged_line(tmp_path: Path) -> None:
    """The error says what puts it right."""
    path = tmp_path / "m.jsonl"
    path.write_bytes(_write(path, _CONTENTS[:1]).replace(b'"chain"', b'"chase"'))
    with pytest.raises(RunError, match=r"xenoscan verify --repair"):
        Manifest(path)


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    """A flipped bit breaks a line, and no line before the changed one."""
    path = tmp_path / "m.jsonl"
    whole = _write(path, _CONTENTS[:3])
    lengths = [len(line) for line in whole.splitlines(keepends=True)]
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        sound = _sound(path)
        assert not all(sound)
        touched = 0 if place < lengths[0] else 1 if place < sum(lengths[:2]) else 2
        assert all(sound[:touched])


@pytest.mark.parametrize(
    ("change", "sound"),
    [
        ([0, 1, 3, 4], [True, True, False, True]),
        ([1, 2, 3, 4], [False, True, True, True]),
        ([0, 2, 1, 3, 4], [True, False, False, False, True]),
        ([0, 1, 1, 2, 3, 4], [True, True, False, True, True, True]),
    ],
)
def test_missing_swapped_and_repeated_lines_are_found(
    tmp_path: Path, change: list[int], sound: list[bool]
) -> None:
    """A line is intact only directly after the line it was written after."""
    path = tmp_path / "m.jsonl"
    lines = _write(path, _CONTENTS).splitlines(keepends=True)
    path.write_bytes(b"".join(lines[number] for number in change))
    assert _sound(path) == sound


def test_lines_cut_off_at_the_end_are_known_by_length_and_chain(tmp_path: Path) -> None:
    """The checkpoint's length and chain reveal missing lines at the end."""
    path = tmp_path / "m.jsonl"
    whole = _write(path, _CONTENTS)
    manifest = Manifest(path)
    noted = manifest.length, manifest.chain
    assert manifest.has_prefix(*noted)
    assert not manifest.has_prefix(noted[0], NO_CHAIN)
    manifest.append({"kind": "run"})
    assert manifest.has_prefix(*noted)
    manifest.close()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    shorter = Manifest(path)
    assert not shorter.has_prefix(*noted)
    shorter.close()
