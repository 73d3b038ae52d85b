"""Where a run writes: the locks of these places."""

from __future__ import annotations

from pathlib import Path

from preprocessing.acquire.records.checkpoint import CHECKPOINT_NAME

__all__ = ["OUTPUT_LOCK", "lock_paths"]

#: In the output folder.
OUTPUT_LOCK = ".xenoscan.lock"


def lock_paths(
    output_dir: Path, results_path: Path | None, checkpoint_dir: Path | None
) -> list[tuple[Path, str]]:
    """Return the lock of each place where a run writes, and what it locks.

    Examples
    --------
    >>> lock_paths(Path("raw"), Path("results.csv"), None)[1][0].name
    '.results.csv.lock'
    """
    places = [(output_dir / OUTPUT_LOCK, f"{output_dir} (--output)")]
    files = (
        (results_path, "--results"),
        (checkpoint_dir and checkpoint_dir / CHECKPOINT_NAME, "--checkpoint-dir"),
    )
    for path, option in files:
        if path is not None:
            places.append((path.with_name(f".{path.name}.lock"), f"{path} ({option})"))
    return places
