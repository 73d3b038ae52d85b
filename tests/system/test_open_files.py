"""The limit on open files is raised for the workers, or the workers are fewer."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from preprocessing.system.open_files import workers_allowed


def _allowed(workers: int, soft: int, hard: int) -> tuple[int, int]:
    """Return the workers allowed under some limits, and the limit afterwards."""
    code = (
        "import resource; from preprocessing.system.open_files import workers_allowed\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        f"print(workers_allowed({workers}), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    workers, limit = map(int, said.split())
    return workers, limit


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [
        (300, 300, (16, 300)),
        (40, 300, (16, 80)),
        (40, 40, (2, 40)),
        (24, 56, (8, 56)),
        (20, 20, (1, 20)),
    ],
)
def test_as_many_as_the_limits_allow(soft: int, hard: int, expected: tuple[int, int]) -> None:
    """The soft limit is raised as far as needed; beyond the hard one there are fewer workers."""
    assert _allowed(16, soft, hard) == expected


def test_a_limit_that_suffices_is_left_alone() -> None:
    """A sufficient limit is left alone, as in this process."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert workers_allowed(1) == 1
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
