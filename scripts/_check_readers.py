"""Open a packed data set with other programs, by the very lines that the documentation shows.

Each program has an environment of its own, in ``build/readers``, with its newest version or the
one that is named here. Each reads the mean flux of the same synthetic stars with its block of
docs/guides/packed.md; the means have to be that of `open_dataset`. Exit status 1 says that one
was not.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np

from preprocessing import open_dataset
from tests.docs.pages import sections

_PAGE = ROOT / "docs" / "guides" / "packed.md"
_FOLDER = ROOT / "build" / "readers"
_STARS = 40
#: Programs add up numbers of 32 bits in different orders.
_TOLERANCE = 1e-5
#: Installing LSDB takes minutes.
_TIMEOUT_S = 1800


@dataclass(frozen=True)
class Reader:
    """A program that reads packed data sets.

    Parameters
    ----------
    name : str
        Of its environment.
    section : str
        The heading above its block of code.
    packages : tuple of str
        What pip installs, the program first.
    """

    name: str
    section: str
    packages: tuple[str, ...]


READERS = (
    Reader("pyarrow", "pyarrow", ("pyarrow",)),
    Reader("pandas", "pandas", ("pandas", "pyarrow")),
    Reader("duckdb-1.1", "DuckDB", ("duckdb==1.1.0",)),
    Reader("duckdb", "DuckDB", ("duckdb",)),
    Reader("polars", "polars", ("polars",)),
    Reader("astropy", "astropy", ("astropy", "pyarrow", "pandas")),
    Reader("datasets", "Hugging Face `datasets`", ("datasets",)),
    Reader("lsdb", "LSDB", ("lsdb",)),
)


def main(arguments: Sequence[str]) -> int:
    """Run the readers that are named, or all of them; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/check_readers", description=__doc__)
    names = [reader.name for reader in READERS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)} (all)")
    chosen = parser.parse_args(arguments).names or names
    if unknown := set(chosen).difference(names):
        parser.error(f"there is no reader {', '.join(sorted(unknown))}")
    expected = _pack()
    blocks = dict(sections(_PAGE.read_text(encoding="utf-8")))
    print("| Program | Version | Mean flux | Right |\n| --- | --- | --- | --- |")
    all_right = True
    for reader in READERS:
        if reader.name in chosen:
            version, said = _read(reader, blocks[reader.section])
            is_right = _is_close(said, expected)
            all_right = all_right and is_right
            print(f"| {reader.section} | {version} | {said} | {'yes' if is_right else 'NO'} |")
    return 0 if all_right else 1


def _pack() -> float:
    """Make the data set if it is not there; return the mean of its flux."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    program = [sys.executable, "-m", "preprocessing"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    archive = f"embedded --stars {_STARS}"
    download = ["download", "--archive", archive, "--targets", str(_STARS), "--dataset", "mine"]
    for command in ([*download, "--resume", "--quiet"], ["pack", "mine"]):
        # A status of 1 says that a star has no light curve.
        subprocess.run([*program, *command], cwd=_FOLDER, env=environment, check=False)
    fluxes = [star["flux"] for star in open_dataset(_FOLDER / "mine").columns("flux")]
    return float(np.nanmean(np.concatenate(fluxes), dtype=float))


def _read(reader: Reader, code: str) -> tuple[str, str]:
    """Return the version of a program, and the last line that its block prints."""
    python = _python_of(reader)
    distribution = reader.packages[0].partition("==")[0]
    asking = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    (version,) = _lines(python, asking)
    *_, last = ["nothing", *_lines(python, code)]
    return version, last


def _python_of(reader: Reader) -> Path:
    folder = _FOLDER / reader.name
    python = folder / "bin" / "python"
    installed = folder / "installed"
    if not installed.exists():
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, *reader.packages], check=True, timeout=_TIMEOUT_S)
        installed.touch()
    return python


def _lines(python: Path, code: str) -> Iterator[str]:
    environment = {**os.environ, "HF_HOME": str(_FOLDER / "huggingface")}
    ended = subprocess.run(
        [python, "-W", "ignore", "-c", code],
        cwd=_FOLDER,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )
    yield from filter(None, ended.stdout.splitlines())


def _is_close(said: str, expected: float) -> bool:
    try:
        return math.isclose(float(said), expected, rel_tol=_TOLERANCE)
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
