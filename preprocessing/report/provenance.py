"""Where the numbers of a report come from: versions, digests, seeds, and commands that were run."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from preprocessing._version import __version__
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import UsageError
from preprocessing.report.paper_table import PaperTable
from preprocessing.report.sources import Source

__all__ = ["Provenance", "find_provenance", "provenance_tables"]

#: What computes the tables, by the names of the installed packages.
_PACKAGES = ("numpy", "scipy", "numba", "pyarrow", "scikit-learn", "shap", "matplotlib")
#: How the line of a run begins in the manifest, whose other lines are long.
_RUN = b'{"kind":"run"'
_DOWNLOAD = "download"
_SEED = "seed"


@dataclass(frozen=True)
class Provenance:
    """Where the numbers of a report come from.

    Parameters
    ----------
    packages : mapping of str to str
        Version of the program, of Python and of what computes, by name.
    inputs : mapping of str to mapping
        Bytes, SHA-256 and what the file says about itself, by the name of the file.
    chain : str or None
        The last link of the manifest's chain, which stands for all light curves; None without one.
    commands : tuple of mapping
        Time, program, Python and words of each command that was recorded, in order.
    seeds : mapping of str to str
        Seeds that the tables state, by table and name.
    """

    packages: Mapping[str, str]
    inputs: Mapping[str, Mapping[str, Any]]
    chain: str | None
    commands: tuple[Mapping[str, str], ...]
    seeds: Mapping[str, str]

    def as_json(self) -> str:
        """Return it for programs."""
        own = {
            "packages": dict(self.packages),
            "inputs": {name: dict(one) for name, one in self.inputs.items()},
            "manifest_chain": self.chain,
            "commands": [dict(one) for one in self.commands],
            "seeds": dict(self.seeds),
        }
        return json.dumps(own, indent=2) + "\n"


def find_provenance(root: Path, sources: Mapping[str, Source]) -> Provenance:
    """Return where the numbers of a data set come from.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    sources : mapping of str to Source
        Its tables, by name.

    Raises
    ------
    UsageError
        A line of the manifest or of the recorded commands is no JSON.
    """
    folder = DatasetFolder(root)
    inputs: dict[str, Mapping[str, Any]] = {
        source.path.name: {
            "bytes": source.n_bytes,
            "sha256": source.sha256,
            "about": {k: v for k, v in source.about.items() if k != "ARROW:schema"},
        }
        for source in sources.values()
    }
    runs: list[Mapping[str, str]] = []
    chain = None
    if folder.manifest.exists():
        runs, chain, inputs[folder.manifest.name] = _read_manifest(folder.manifest)
    stages = list(_recorded(folder.commands)) if folder.commands.exists() else []
    seeds = {
        f"{name} {key}": value
        for name, source in sources.items()
        for key, value in source.about.items()
        if key.endswith(_SEED)
    }
    commands = sorted([*runs, *stages], key=lambda one: one["time"])
    return Provenance(_packages(), inputs, chain, tuple(commands), seeds)


def provenance_tables(found: Provenance) -> Iterator[PaperTable]:
    """Yield the provenance as tables: software, inputs, commands.

    Parameters
    ----------
    found : Provenance
        What was found.
    """
    yield PaperTable(
        "software", "Software that made this report.", ("name", "version"), _pairs(found.packages)
    )
    rows = tuple((name, one["bytes"], one["sha256"]) for name, one in found.inputs.items())
    yield PaperTable(
        "inputs",
        "Files that this report was made from, with their SHA-256.",
        ("file", "bytes", "SHA-256"),
        rows,
    )
    yield PaperTable(
        "commands",
        "Commands that were run on the data set, as they were recorded.",
        ("time", "program", "command"),
        tuple((one["time"], one["program"], one["command"]) for one in found.commands),
    )
    yield PaperTable("seeds", "Seeds of what is random.", ("of", "seed"), _pairs(found.seeds))


def _pairs(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(values.items())


def _packages() -> dict[str, str]:
    found = {"xenoscan": __version__, "Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _read_manifest(path: Path) -> tuple[list[Mapping[str, str]], str | None, dict[str, Any]]:
    """Return the runs that a manifest records, its last link, and its length and digest."""
    digest, size = hashlib.sha256(), 0
    runs: list[Mapping[str, str]] = []
    line = b""
    with path.open("rb") as stream:
        for line in stream:
            digest.update(line)
            size += len(line)
            if line.startswith(_RUN):
                runs.append(_command(_parsed(line, path), _DOWNLOAD))
    chain = _parsed(line, path).get("chain") if line.endswith(b"\n") else None
    return runs, chain, {"bytes": size, "sha256": digest.hexdigest(), "about": {}}


def _recorded(path: Path) -> Iterator[Mapping[str, str]]:
    """Yield the commands of stages, as they were recorded."""
    with path.open("rb") as stream:
        for line in stream:
            # A power cut may leave a part of the last line.
            if line.endswith(b"\n"):
                record = _parsed(line, path)
                yield _command(record, str(record.get("command", "")))


def _command(record: Mapping[str, Any], name: str) -> Mapping[str, str]:
    words = record.get("arguments") or ()
    given = shlex.join(map(str, words)) if words else "(called from Python)"
    # Not in the lines of runs of the downloader, nor in those of former versions.
    status = record.get("status") or 0
    end = f" (exit status {status})" if status else ""
    return {
        "time": str(record.get("time", "")),
        "program": str(record.get("program", "")),
        "python": str(record.get("python", "")),
        "command": f"xenoscan {name} {given}{end}",
    }


def _parsed(line: bytes, path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{path} has a line that is no JSON: xenoscan verify checks it") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path} has a line that is no record: xenoscan verify checks it")
    return found
