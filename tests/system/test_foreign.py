"""Files of other people are told apart from what a power cut left of this program's."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preprocessing.system.foreign import foreign_content

_CONTENT = b"target_id,success\nKIC 1,True\n"


def _foreign(folder: Path, content: bytes) -> str | None:
    path = folder / "record"
    path.write_bytes(content)
    return foreign_content(
        path, lambda head: _CONTENT.startswith(head) or head.startswith(_CONTENT[:9])
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(came=st.integers(0, len(_CONTENT)), lost=st.integers(0, 40), before=st.integers(0, 40))
def test_what_a_power_cut_left_is_no_foreign_file(
    tmp_path: Path, came: int, lost: int, before: int
) -> None:
    """A file stays one of this program whose length reached the disk before its content."""
    assert _foreign(tmp_path, bytes(before) + _CONTENT[:came] + bytes(lost)) is None


def test_nuls_do_not_hide_what_is_foreign(tmp_path: Path) -> None:
    """Notes of somebody stay foreign, with NULs around them too."""
    assert _foreign(tmp_path, b"\0\0my notes\0\0") == (
        "a file of 12 bytes that begins with b'\\x00\\x00my notes\\x00\\x00'"
    )
