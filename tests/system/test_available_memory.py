"""What a container allows counts as well as what the machine has."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from preprocessing.system.available_memory import available_bytes


def _group(folder: Path, limit: str, used: int, droppable: int, version: int = 2) -> None:
    names = {
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        2: ("memory.max", "memory.current", "inactive_file"),
    }[version]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 1\n{names[2]} {droppable}\n")


def _own(folder: Path, text: str) -> Path:
    path = folder / "own"
    path.write_text(text)
    return path


def test_the_tightest_group_counts(tmp_path: Path) -> None:
    """The tightest group counts, droppable files are room, and no limit says nothing."""
    root = tmp_path / "groups"
    _group(root / "jobs/mine", "max", 900, 0)
    _group(root / "jobs", "1000", 900, 300)
    _group(root, "5000", 900, 0)
    assert available_bytes(_own(tmp_path, "0::/jobs/mine\n"), root) == 400


def test_of_the_first_version_too(tmp_path: Path) -> None:
    """In version 1 the group above counts where the own group is not visible."""
    root = tmp_path / "groups"
    _group(root / "memory", "1000", 700, 50, version=1)
    own = _own(tmp_path, "5:cpu,cpuacct:/x\n4:memory:/docker/1234\n1:name=systemd:/y\n")
    assert available_bytes(own, root) == 350


@pytest.mark.parametrize("text", ["", "nonsense\n", "0::/\n"])
def test_without_groups_the_machine_counts(tmp_path: Path, text: str) -> None:
    """Without control groups the machine's memory counts."""
    left = available_bytes(_own(tmp_path, text), tmp_path / "nowhere")
    assert 0 < left <= psutil.virtual_memory().total
    assert available_bytes(tmp_path / "none", tmp_path / "nowhere") > 0
