"""The checkpoint says what run it belongs to and how far that run got."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from preprocessing.acquire.records.checkpoint import (
    CheckpointManager,
    RunDescription,
    read_checkpoint,
)
from preprocessing.core.errors import RunConflict, RunError, UsageError
from preprocessing.missions.recipe import Recipe

_RUN = RunDescription("mast", Recipe(), 3, "d1ge57", ("--targets", "3"))


def _written(path: Path, run: RunDescription = _RUN) -> CheckpointManager:
    manager = CheckpointManager(path, run)
    manager.write({"complete": 2}, {"path": "r.csv", "bytes": 10, "sha256": "ab"}, {})
    return manager


def test_a_person_can_read_it(tmp_path: Path) -> None:
    """The checkpoint is indented JSON that names the run and its progress."""
    path = tmp_path / "c.json"
    _written(path)
    content = json.loads(path.read_text())
    assert content["run"]["archive"] == "mast"
    assert content["run"]["arguments"] == ["--targets", "3"]
    assert content["run"]["targets_digest"] == "d1ge57"
    assert content["counts"] == {"complete": 2}
    assert len(path.read_text().splitlines()) > 20


def test_the_same_run_goes_on(tmp_path: Path) -> None:
    """The same run reads what it noted, and finds nothing without a file."""
    path = tmp_path / "c.json"
    assert CheckpointManager(path, _RUN).check_resumable() == {}
    assert _written(path).check_resumable()["results"]["bytes"] == 10


def test_a_longer_list_may_go_on(tmp_path: Path) -> None:
    """A longer list with the same archive and recipe is no conflict."""
    path = tmp_path / "c.json"
    _written(path)
    longer = replace(_RUN, n_targets=9, targets_digest="07he7")
    assert CheckpointManager(path, longer).check_resumable()


@pytest.mark.parametrize(
    ("run", "word"),
    [
        (replace(_RUN, archive="embedded"), "archive"),
        (replace(_RUN, recipe=Recipe(mission_name="K2")), "mission"),
        (replace(_RUN, recipe=Recipe(author="any", cadence="any")), "author"),
        (replace(_RUN, recipe=Recipe(cadence="short")), "cadence"),
        (replace(_RUN, recipe=Recipe(flux="sap")), "flux"),
        (replace(_RUN, recipe=Recipe(quality_bitmask=0)), "quality bitmask"),
    ],
)
def test_another_run_is_refused(tmp_path: Path, run: RunDescription, word: str) -> None:
    """A different source or recipe is refused, and the message says what differs."""
    path = tmp_path / "c.json"
    _written(path)
    with pytest.raises(RunConflict, match=f"has {word} "):
        CheckpointManager(path, run).check_resumable()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"[]", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b'{"format": 1}', "damaged"),
        (b'{"format": 1, "run": {"archive": "mast", "recipe": 3}, "results": {}}', "damaged"),
        (b'{"format": 4, "run": {"archive": "a", "recipe": {}}, "results": {}}', "format 4"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, word: str) -> None:
    """A damaged or newer checkpoint is refused with advice."""
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(RunError, match=f"{word}.*move it away"):
        CheckpointManager(path, _RUN).check_resumable()


def test_its_size_does_not_grow(tmp_path: Path) -> None:
    """A checkpoint after 200,000 stars is only a few digits longer than one after two."""
    path = tmp_path / "c.json"
    manager = _written(path)
    before = path.stat().st_size
    manager.write({"complete": 200_000}, {"path": "r.csv", "bytes": 10**8, "sha256": "ab"}, {})
    assert path.stat().st_size - before < 20


@pytest.mark.slow
def test_any_flipped_bit_is_found(tmp_path: Path) -> None:
    """A flipped bit in the content, the digest or the blanks is found."""
    path = tmp_path / "c.json"
    _written(path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(RunError, match="--repair"):
            read_checkpoint(path)


@pytest.mark.parametrize("layout", [1, 2])
def test_one_of_an_earlier_version_is_refused(tmp_path: Path, layout: int) -> None:
    """A checkpoint of an older version is refused with advice, and nothing is touched."""
    path = tmp_path / "c.json"
    _written(path)
    content = {**json.loads(path.read_text()), "format": layout}
    del content["sha256"]
    text = json.dumps(content, indent=2)
    if layout == 2:
        content["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        text = json.dumps(content, indent=2) + "\n"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"earlier version.*go on with that version"):
        read_checkpoint(path)
