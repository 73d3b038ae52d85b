"""The checkpoint: what a run was asked to do and how far it got, as readable JSON."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from preprocessing._version import __version__
from preprocessing.core.errors import RunConflict, RunError, UsageError
from preprocessing.missions.recipe import Recipe
from preprocessing.system.atomic import write_atomically
from preprocessing.system.waiting import utc_now

__all__ = [
    "CHECKPOINT_NAME",
    "ELSEWHERE",
    "CheckpointManager",
    "RunDescription",
    "is_checkpoint",
    "read_checkpoint",
]

_log = logging.getLogger(__name__)

CHECKPOINT_NAME = "scraper_checkpoint.json"
#: What else a user can do whose run would mix two data sets.
ELSEWHERE = (
    "begin another data set: with another --dataset, or with other --output, --results and"
    " --checkpoint-dir"
)

#: Version of the file's layout; others are refused.
_FORMAT = 3
_BEGINNING = b'{\n  "format":'
#: Members of every checkpoint. One of them is left if the other is damaged.
_MEMBERS = (b'"format":', b'"program": "xenoscan ')
#: Layouts of earlier versions with other output columns: one without a digest, one with.
_WITHOUT_DIGEST, _BEFORE_MISSIONS = 1, 2


@dataclass(frozen=True)
class RunDescription:
    """What a run was asked to do.

    Parameters
    ----------
    archive : str
        `Archive.identity` of the source.
    recipe : Recipe
        Which light curves are stitched, and how.
    n_targets : int
        Number of targets in the list of the run.
    targets_digest : str
        `TargetList.digest` of the list.
    arguments : tuple of str
        The command line after the program's name; empty if a program made the call.
    """

    archive: str
    recipe: Recipe
    n_targets: int
    targets_digest: str
    arguments: tuple[str, ...] = ()


class CheckpointManager:
    """Writes the checkpoint of one run, and reads that of an earlier one.

    The results file says which targets are done. The checkpoint only holds its length and digest,
    and those of the manifest, so its size does not grow with the run.

    Parameters
    ----------
    path : Path
        The file, which need not exist.
    run : RunDescription
        What this run was asked to do.
    started : str, optional
        When the first run began: ISO 8601, UTC. The present time if not given.
    """

    def __init__(self, path: Path, run: RunDescription, started: str = "") -> None:
        self.path = path
        self._run = run
        self._started = started or utc_now()

    def check_resumable(self) -> Mapping[str, Any]:
        """Return the checkpoint of an earlier run, if this run can resume it.

        Returns
        -------
        mapping
            The file's contents; empty if there is no file.

        Raises
        ------
        RunConflict
            The earlier run had another archive, mission, cadence, flux or bitmask.
        RunError
            The file is damaged, or of another version.
        """
        if not self.path.exists():
            return {}
        earlier = read_checkpoint(self.path)
        recipe = self._run.recipe.to_record()
        # What is first is named: an author's own cadence differs with the author.
        first = {name: recipe[name] for name in ("mission", "author")}
        mine = {"archive": self._run.archive, **first, **recipe}
        theirs = {"archive": earlier["run"]["archive"], **earlier["run"]["recipe"]}
        for name, value in mine.items():
            if theirs.get(name) != value:
                raise RunConflict(
                    f"the run to resume has {name.replace('_', ' ')} {theirs.get(name)!r}, this one"
                    f" {value!r}: resume with the same, or {ELSEWHERE}"
                )
        self._started = earlier.get("started", self._started)
        return earlier

    def write(
        self, counts: Mapping[str, int], results: Mapping[str, Any], manifest: Mapping[str, Any]
    ) -> None:
        """Replace the checkpoint.

        Parameters
        ----------
        counts : mapping of str to int
            Number of targets with each `Reason`.
        results : mapping
            Path, length in bytes and SHA-256 of the results file.
        manifest : mapping
            Path and length in bytes of the manifest, chain of its last line, and the byte
            at which the line of this run begins.

        Raises
        ------
        OSError
            From the file system. The former checkpoint is still there.
        """
        run = asdict(self._run)
        run["recipe"] = self._run.recipe.to_record()
        run["arguments"] = list(self._run.arguments)
        content = {
            "format": _FORMAT,
            "program": f"xenoscan {__version__}",
            "started": self._started,
            "updated": utc_now(),
            "run": run,
            "counts": dict(counts),
            "results": dict(results),
            "manifest": dict(manifest),
        }
        write_atomically(self.path, _encode(content))


def _encode(content: Mapping[str, Any]) -> bytes:
    """Return the file's bytes, including a digest of the content."""
    digest = hashlib.sha256(json.dumps(content, indent=2).encode()).hexdigest()
    return json.dumps({**content, "sha256": digest}, indent=2).encode() + b"\n"


def _is_as_written(raw: bytes, content: Mapping[str, Any]) -> bool:
    """Compare every byte, so that even a changed blank between members is noticed."""
    return raw == _encode({name: content[name] for name in content if name != "sha256"})


def is_checkpoint(head: bytes) -> bool:
    """Tell whether a file that begins like this is a checkpoint, even if it is damaged.

    Examples
    --------
    >>> is_checkpoint(_encode({"format": 3})), is_checkpoint(b""), is_checkpoint(b"my notes")
    (True, True, False)
    """
    return _BEGINNING.startswith(head) or any(member in head for member in _MEMBERS)


def read_checkpoint(path: Path) -> Mapping[str, Any]:
    """Return the contents of a checkpoint.

    Raises
    ------
    RunError
        The checkpoint cannot be read, is damaged, or has a newer format.
    UsageError
        An earlier version of this program wrote the checkpoint.
    """
    advice = (
        "put the records right with xenoscan verify --repair, or move it away to go on"
        " from the results file alone"
    )
    try:
        raw = path.read_bytes()
        content = json.loads(raw)
        layout = content["format"]
        if layout in (_FORMAT, _BEFORE_MISSIONS) and not _is_as_written(raw, content):
            raise ValueError("its digest is wrong")
        if layout == _WITHOUT_DIGEST and "sha256" in content:
            raise ValueError("its format cannot be right")
        _ = content["run"]["archive"], content["run"]["recipe"].items(), content["results"]
    except OSError as error:
        raise RunError(f"cannot read the checkpoint {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"the checkpoint {path} is damaged ({error}): {advice}") from error
    if layout in (_WITHOUT_DIGEST, _BEFORE_MISSIONS):
        raise UsageError(
            f"the checkpoint {path} is of an earlier version of this program, whose outputs have"
            f" other columns: go on with that version, or {ELSEWHERE}"
        )
    if layout != _FORMAT:
        raise RunError(
            f"the checkpoint {path} is of format {layout}, this program reads {_FORMAT}: {advice}"
        )
    return content  # type: ignore[no-any-return]
