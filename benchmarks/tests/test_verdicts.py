"""What became of a star is decided by the bytes on disk and the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.verdicts import Evidence, Verdict, gather, judge

_TRUTH = {"a.fits": b"first", "b.fits": b"second"}


@pytest.mark.parametrize(
    ("status", "right", "wrong", "absent", "verdict"),
    [
        (0, 2, 0, 0, Verdict.RECOVERED),
        (0, 1, 1, 0, Verdict.TRUSTED),
        (0, 0, 1, 1, Verdict.TRUSTED),
        (0, 1, 0, 1, Verdict.LOST),
        (1, 1, 0, 1, Verdict.REPORTED),
        (1, 2, 0, 0, Verdict.REPORTED),
        (1, 1, 1, 0, Verdict.DAMAGED),
        (-9, 0, 2, 0, Verdict.DAMAGED),
        (None, 2, 0, 0, Verdict.HUNG),
    ],
)
def test_verdicts(
    status: int | None, right: int, wrong: int, absent: int, verdict: Verdict
) -> None:
    """Every combination of evidence has one verdict."""
    assert judge(Evidence(status, right, wrong, absent, "")) is verdict


def test_who_says_that_it_waits_is_not_hung() -> None:
    """A program that is still trying at the end of its time, and says so, is told apart."""
    said = "the archive seems to be down: It is asked again after 5 s"
    assert judge(Evidence(None, 0, 0, 2, said)) is Verdict.WAITING


def test_evidence_is_what_is_on_disk(tmp_path: Path) -> None:
    """Files are found by name, anywhere; temporary ones and others do not count."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.fits").write_bytes(b"first")
    (tmp_path / "b.fits").write_bytes(b"seconx")
    (tmp_path / "c.fits").write_bytes(b"other")
    assert gather(_TRUTH, tmp_path, 0, "") == Evidence(0, 1, 1, 0, "")
    (tmp_path / "b.fits").rename(tmp_path / "b.fits.part")
    assert gather(_TRUTH, tmp_path, 0, "") == Evidence(0, 1, 0, 1, "")
