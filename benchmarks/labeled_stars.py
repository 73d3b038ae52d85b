"""Stars with known answers, vetted: real ones by the commands, simulated ones as arrays."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.archive import ROOT
from preprocessing.analysis.light import Light
from preprocessing.core.errors import RunError
from preprocessing.features.domains import FEATURES
from preprocessing.features.extraction import extract
from preprocessing.features.table.columns import of_candidate
from preprocessing.missions import MISSIONS
from preprocessing.tables.curve_rows import known_value
from preprocessing.vetting.star import Star
from preprocessing.vetting.vetting import Vetted, vet

__all__ = ["real_kinds", "real_rows", "simulated"]

_MISSION = MISSIONS["Kepler"]
_KINDS = {
    "eclipsing binary": "binary",
    "rotation": "rotator",
    "pulsator (RR Lyrae)": "RR Lyrae",
    "pulsator (delta Scuti)": "delta Scuti",
    "flares": "flare catalog",
    "transit": "transits",
    "nothing": "quiet",
}
#: What a star is, if tables have several things of it: the first of these.
_FIRST = (
    "RR Lyrae",
    "delta Scuti",
    "planet host",
    "binary",
    "rotator",
    "large rotator",
    "candidate",
    "false positive",
    "flare catalog",
    "quiet",
)
#: McQuillan et al. (2014) list pulsators and binaries, too: they vary by more.
_LARGEST_ROTATION_PPM = 50_000.0


def real_rows(
    folder: Path, mission: str, work: Path, tables: Sequence[Path]
) -> list[dict[str, Any]]:
    """Download from a folder, compute features, vet, and return the rows of ``vetting.parquet``.

    Parameters
    ----------
    folder : Path
        Files of missions, in any tree.
    mission : str
        Whose files are taken.
    work : Path
        Where the data set is made.
    tables : sequence of Path
        Tables of known objects; may be none.
    """
    import pyarrow.parquet as pq

    data = work / mission
    source = ["--dataset", str(data), "--archive", str(folder), "--mission", mission]
    labels = [part for table in tables for part in ("--labels", str(table))]
    for command in (
        ["download", *source, "--quiet"],
        ["features", str(data), "--quiet"],
        ["vet", str(data), "--quiet", "--known", "none", *labels],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "preprocessing", *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RunError(f"xenoscan {' '.join(command)} ended with {done.stderr.strip()}")
    found: list[dict[str, Any]] = pq.read_table(data / "vetting.parquet").to_pylist()
    return found


def real_kinds(labeled: Path) -> dict[str, str]:
    """Return of each star that tables know what it is.

    Parameters
    ----------
    labeled : Path
        With ``truth.csv``.
    """
    with (labeled / "truth.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    kinds: dict[str, set[str]] = {}
    for row in rows:
        kinds.setdefault(row["target"], set()).add(_kind_of(row))
    return {name: next(one for one in _FIRST if one in own) for name, own in kinds.items()}


def _kind_of(row: Mapping[str, str]) -> str:
    known = next(kind for start, kind in _KINDS.items() if row["kind"].startswith(start))
    if known == "transits":
        return {"CONFIRMED": "planet host", "FALSE POSITIVE": "false positive"}.get(
            row["disposition"], "candidate"
        )
    if known == "rotator":
        found = re.search(r"Rper ([0-9.]+) ppm", row["extra"])
        if found and float(found.group(1)) > _LARGEST_ROTATION_PPM:
            return "large rotator"
    return known


def simulated(light: Light) -> tuple[Vetted, dict[str, Any]]:
    """Compute the features of light, vet it, and return what came of it and its evidence.

    Parameters
    ----------
    light : Light
        The light of a star of which nothing else is known.
    """
    lines = _MISSION.instrument_lines
    record = extract(light.time_d, light.flux, None, light.sequence, lines=lines)
    features: dict[str, Any] = {one.name: known_value(record[one.name]) for one in FEATURES}
    features |= {name: known_value(value) for name, value in record.companions.items()}
    candidates: list[Any] = [of_candidate(one) for one in record.candidates]
    unknown = np.full(len(light), np.nan)
    star = Star(
        light,
        features,
        candidates,
        _MISSION.bjd_reference,
        {},
        np.zeros(len(light), np.int64),
        unknown,
        unknown,
        {},
        lines=lines,
    )
    vetted = vet(star)
    evidence = {k: v for one in vetted.findings.values() for k, v in one.evidence.items()}
    return vetted, evidence
