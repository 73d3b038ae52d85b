"""Which outputs are finished, by the records: results and manifest, which may be growing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preprocessing.acquire.records.manifest import (
    REPAIR,
    REPLACING,
    RUN,
    TARGET,
    manifest_path,
    read_manifest,
)
from preprocessing.acquire.settings import Mode
from preprocessing.core.reasons import Reason
from preprocessing.missions.targets import parse_target

__all__ = ["FinishedOutputs", "finished_outputs"]


@dataclass(frozen=True)
class FinishedOutputs:
    """The outputs that both results and manifest have.

    Parameters
    ----------
    recorded : frozenset of str
        Their names.
    complete : mapping of str to str
        The digests of those that lack no file, by name: no later attempt could improve them.
    is_refresh : bool
        Whether the last run replaces outputs that are complete.
    """

    recorded: frozenset[str]
    complete: Mapping[str, str]
    is_refresh: bool


def finished_outputs(results_path: Path) -> FinishedOutputs:
    """Read which outputs are finished. A run may be writing the records meanwhile.

    Parameters
    ----------
    results_path : Path
        The results. The manifest is beside them. Without either, no output is finished.

    Raises
    ------
    OSError
        From the file system.
    """
    manifest = manifest_path(results_path)
    if not (results_path.exists() and manifest.exists()):
        return FinishedOutputs(frozenset(), {}, False)
    # The rows first: a row that comes later has a line that is not needed yet.
    with open(results_path, "rb") as stream:
        rows = {hashlib.sha256(line).hexdigest() for line in stream}
    latest: dict[int | str, Mapping[str, Any]] = {}
    mode = ""
    for line in read_manifest(manifest):
        content = line.content
        kind = content.get("kind")
        if kind == RUN:
            mode = content["mode"]
        elif kind == TARGET:
            latest[parse_target(content["target"]).identity] = content
        elif kind in (REPLACING, REPAIR):
            gone = [content["target"]] if kind == REPLACING else content["dropped"]
            for name in gone:
                latest.pop(parse_target(name).identity, None)
    lines = [c for c in latest.values() if c["row_sha256"] in rows and c.get("output")]
    complete = [c["output"] for c in lines if c["reason"] == Reason.COMPLETE]
    return FinishedOutputs(
        frozenset(content["output"]["name"] for content in lines),
        {output["name"]: output["sha256"] for output in complete},
        mode == Mode.REFRESH,
    )
