"""Any file is a list of targets, or is refused in one line."""

from __future__ import annotations

import io
import sys
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.errors import UsageError
from preprocessing.lists.target_list import read_target_list
from preprocessing.missions import MISSIONS


def test_a_gigabyte_of_one_line(tmp_path: Path) -> None:
    """A single line of a gigabyte is refused after a megabyte."""
    path = tmp_path / "stars.txt"
    with path.open("wb") as stream:
        stream.write(b"757076\n")
        stream.write(b"x" * 2**20)
        stream.seek(2**30)
        stream.write(b"\n")
    tracemalloc.start()
    with pytest.raises(UsageError, match="a line of more than 1048576 characters"):
        read_target_list(str(path))
    assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    tracemalloc.stop()


def test_missing_list_or_directory(tmp_path: Path) -> None:
    """A path that is no file is refused."""
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="cannot read the target list"):
            read_target_list(str(path))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list called - is read from standard input and named so in errors."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"757076\nKepler-10\n")))
    assert [t.name for t in read_target_list("-").targets.targets] == ["KIC 757076", "Kepler-10"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(UsageError, match="standard input names no target"):
        read_target_list("-")


_PIECES = st.sampled_from(
    [
        *("KIC 1", "8644288", "1.5", "kepid", "TIC ID", "name", "NA", "x", '"', "'", "#", "-", "="),
        *("[", "|", ",", "\t", ";", "|", " ", "\n", "\n", "\n", "\r\n", "\\", "%", "/", "_"),
        *(".fits", "e+07", "\ufeff", "----", "\u2028", "\x0b", "\u00e9", "1- 8 I8 --- KIC x"),
        "Byte-by-byte Description of file: x",
    ]
)


@pytest.mark.slow
@given(st.lists(_PIECES, max_size=40).map("".join), st.sampled_from(list(MISSIONS)))
def test_no_text_is_a_surprise(text: str, mission: str) -> None:
    """Any text is a list with targets, or is refused in one line."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        stream.flush()
        for column in (None, "2", "name"):
            try:
                found = read_target_list(stream.name, MISSIONS[mission], column)
            except UsageError as error:
                assert "\n" not in str(error)
            else:
                assert found.targets.targets
                assert len("".join(found.describe()).splitlines()) == 1


@pytest.mark.slow
@given(st.binary(max_size=200))
def test_no_bytes_are_a_surprise(content: bytes) -> None:
    """Any bytes are a list with targets, or are refused in one line."""
    with tempfile.NamedTemporaryFile() as stream:
        stream.write(content)
        stream.flush()
        try:
            assert read_target_list(stream.name).targets.targets
        except UsageError as error:
            assert "\n" not in str(error)
