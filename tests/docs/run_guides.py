"""Run every shell command and Python block of the guides, against the simulator.

``scripts/docs`` names this file; ``scripts/test`` leaves it out, since its name does not begin with
``test_``. The blocks of a page run one after the other in an empty folder. The public archives are
replaced by the simulator (`tests.docs.stand_in`, which imports everything once), and real stars by
synthetic ones (`STAND_INS`). A block that cannot be run has a comment before it,
``<!-- not run: the reason -->``.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.docs.pages import DOCS, ROOT, Block, blocks, name_of
from tests.docs.stand_in import QUARTERS

GUIDES = (
    ROOT / "README.md",
    ROOT / "SETUP.md",
    ROOT / "CONTRIBUTING.md",
    DOCS / "index.md",
    *sorted(DOCS.glob("guides/*.md")),
    *sorted(DOCS.glob("explain/*.md")),
    *sorted(DOCS.glob("reference/*.md")),
)
#: Synthetic stars that the simulator has, for real ones that a guide names.
STAND_INS = {
    "Kepler-10": "Synthetic-2",
    "KIC 757076": "KIC 900000001",
    "KIC_757076": "KIC_900000001",
    "KIC 8644288": "KIC 900000009",
    "EPIC 206103150": "EPIC 900000009",
    "757076": "900000001",
    "TIC 25155310": "TIC 90000000036",
    "TIC 162494287": "TIC 90000000026",
}
#: How many blocks of a page cannot be run. Whoever adds one says why on the page, and here that
#: it is meant.
NOT_RUN = {
    "README.md": 4,
    "SETUP.md": 4,
    "CONTRIBUTING.md": 1,
    "docs/index.md": 1,
    "docs/guides/cluster.md": 2,
    "docs/guides/dashboard.md": 3,
    "docs/guides/features.md": 1,
    "docs/guides/long-runs.md": 3,
    "docs/guides/pack.md": 2,
    "docs/guides/packed.md": 5,
    "docs/guides/rank.md": 5,
    "docs/guides/report.md": 2,
    "docs/guides/sheet.md": 1,
    "docs/guides/simulator.md": 3,
    "docs/guides/sources.md": 1,
    "docs/guides/validate.md": 2,
    "docs/guides/whole-road.md": 1,
}
#: These pages choose stars by their quarters, or want those of a special kind.
ALL_QUARTERS = {"docs/guides/choose-stars.md", "docs/guides/simulator.md"}
_TIMEOUT_S = 300


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Start the simulator."""
    with ArchiveThread(SyntheticHoldings(60, k2_stars=20, tess_stars=20, n_quarters=4)) as archive:
        yield archive.base_url


@pytest.fixture(scope="module")
def stand_in(url: str) -> Iterator[str]:
    """Start what runs the commands; return where it listens."""
    # Elsewhere the path might be longer than a socket's may be.
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = f"{folder}/asked"
        listener.bind(path)
        listener.listen()
        number = listener.fileno()
        runner = subprocess.Popen(
            [sys.executable, "-m", "tests.docs.stand_in", url, str(number)],
            cwd=ROOT,
            env={**os.environ, "HOME": folder, "MPLBACKEND": "Agg"},
            pass_fds=[number],
        )
        listener.close()
        yield path
        runner.terminate()
        runner.wait()


@pytest.fixture
def environment(stand_in: str, tmp_path: Path) -> dict[str, str]:
    """Return an environment in which ``xenoscan`` and ``python`` reach the simulator."""
    programs = tmp_path / "reader" / ".venv" / "bin"
    programs.mkdir(parents=True)
    asking = shlex.join(
        [sys.executable, "-I", "-S", f"{ROOT}/tests/docs/ask_stand_in.py", stand_in]
    )
    for name in ("xenoscan", "python"):
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec {asking} {name} "$@"\n')
        script.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "XENOSCAN_CACHE_DIR": str(tmp_path / "cache"),
        "HOME": str(tmp_path / "home"),
        "MPLBACKEND": "Agg",
    }


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_the_commands_of_a_page_run(
    page: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """Each block of a page ends without an error, after those before it."""
    folder = tmp_path / "reader"
    if name_of(page) not in ALL_QUARTERS:
        environment[QUARTERS] = "4"
    for block in blocks(page.read_text()):
        if block.language in ("sh", "python") and not block.not_run:
            run(block, folder, environment)


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_what_is_not_run_is_counted(page: Path) -> None:
    """No more blocks of a page are left out than were meant to be."""
    left_out = [block for block in blocks(page.read_text()) if block.not_run]
    assert len(left_out) == NOT_RUN.get(name_of(page), 0)


def run(block: Block, folder: Path, environment: dict[str, str]) -> None:
    """Run a block as its reader would, and the command before it that readers do not see."""
    code, before = block.code, block.before
    for real, synthetic in STAND_INS.items():
        code, before = code.replace(real, synthetic), before.replace(real, synthetic)
    if block.language == "python":
        (folder.parent / "block.py").write_text(code)
        code = "python ../block.py"
    ended = subprocess.run(
        ["bash", "-e", "-c", f"{before}\n{code}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 0, f"{block.code}\n{ended.stdout}\n{ended.stderr}"
