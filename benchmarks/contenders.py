"""The programs that are compared: how each is started, and what it leaves behind."""

from __future__ import annotations

import compileall
import csv
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from benchmarks.archive import ROOT
from benchmarks.correctness import Makes, recipe_of, stitched_name
from benchmarks.measure import first_line
from preprocessing.missions import Product
from preprocessing.missions.recipe import Recipe

__all__ = [
    "CONTENDERS",
    "FAULT_CONTENDERS",
    "Contender",
    "Job",
    "compile_modules",
    "lksearch_version",
    "other_build",
    "scraper_command",
    "scraper_environment",
]

_SCRAPER = ROOT / "scripts" / "xenoscan_scraper.py"
_PEERS = Path(__file__).with_name("peers")
#: Names the Python that has lksearch, if it is not that of .venv-lksearch.
_LKSEARCH_VARIABLE = "XENOSCAN_LKSEARCH_PYTHON"


@dataclass(frozen=True)
class Job:
    """What a contender is asked to do.

    Parameters
    ----------
    base_url : str
        Of the archive.
    products : mapping of int to tuple of Product
        Stars by KIC number, and their files in time order.
    connections : int
        Most requests at a time, or what comes nearest to it.
    folder : Path
        Empty, for whatever the contender needs.
    authority : Path or None
        Certificate to trust; None without TLS.
    """

    base_url: str
    products: Mapping[int, tuple[Product, ...]]
    connections: int
    folder: Path
    authority: Path | None

    @property
    def output(self) -> Path:
        """Where the contender's files go."""
        return self.folder / "output"

    @property
    def results(self) -> Path:
        """Where the scraper logs its outcomes."""
        return self.folder / "results.csv"

    @property
    def checkpoints(self) -> Path:
        """Where the scraper keeps its checkpoint."""
        return self.folder / "checkpoints"

    @property
    def recipe(self) -> Recipe:
        """What is asked for: all stars have files of one sort, Kepler's if none are named."""
        first = next((p for star in self.products.values() for p in star), None)
        return Recipe() if first is None else recipe_of(first)

    def write_list(self) -> Path:
        """Write the stars' numbers into a file, one a line, and return its path."""
        path = self.folder / "targets.txt"
        path.write_text("".join(f"{kic}\n" for kic in self.products))
        return path

    def files(self) -> list[tuple[str, str]]:
        """Return the address and the name of every file."""
        return [
            (f"{self.base_url}/api/v0.1/Download/file?uri={product.uri}", product.file_name)
            for products in self.products.values()
            for product in products
        ]


@dataclass(frozen=True)
class Contender:
    """One program.

    Parameters
    ----------
    name : str
    makes : Makes
    command : callable
        Returns the command line for a job, having written what that names.
    environment : callable
        Returns the environment variables of a job besides the inherited ones.
    missing : callable
        Returns why the program cannot be run here, or None.
    claims : callable
        Returns how many stars the program says it has, after a job and its exit status.
    searches : bool
        Whether it asks the archive which files there are.
    """

    name: str
    makes: Makes
    command: Callable[[Job], Sequence[str]]
    environment: Callable[[Job], Mapping[str, str]]
    missing: Callable[[], str | None]
    claims: Callable[[Job, int], int]
    searches: bool = True


def scraper_command(job: Job, scraper: Path = _SCRAPER) -> list[str]:
    """Return the scraper's command line for a job.

    Parameters
    ----------
    job : Job
        What the scraper is asked to do.
    scraper : Path, optional
        The script of another checkout.
    """
    recipe = job.recipe
    return [
        *(sys.executable, str(scraper), "--archive", job.base_url, "--quiet"),
        *("--target-list", str(job.write_list()), "--workers", str(job.connections)),
        *("--output", str(job.output), "--results", str(job.results)),
        *("--checkpoint-dir", str(job.checkpoints), "--mission", recipe.mission_name),
        *("--author", recipe.author, "--cadence", recipe.cadence),
    ]


def scraper_environment(job: Job) -> dict[str, str]:
    """Return the scraper's environment for a job: a cache of its own, and whom to trust."""
    trust = {} if job.authority is None else {"SSL_CERT_FILE": str(job.authority)}
    return {"XENOSCAN_CACHE_DIR": str(job.folder / "cache"), **trust}


def other_build(checkout: Path, name: str) -> Contender:
    """Return the scraper of another checkout as a contender.

    Parameters
    ----------
    checkout : Path
        Its root. It runs in this process's Python environment.
    name : str
        What tables call it.
    """
    scraper = checkout.absolute() / "scripts" / _SCRAPER.name
    ours = CONTENDERS["xenoscan"]
    return replace(
        ours,
        name=name,
        command=partial(scraper_command, scraper=scraper),
        missing=lambda: None if scraper.exists() else f"there is no {scraper}",
    )


def compile_modules(checkout: Path) -> None:
    """Compile a checkout's modules that changed, as installing it would.

    Where the environment forbids to keep what is compiled (PYTHONDONTWRITEBYTECODE), each start
    would compile them again: 0.4 s for 190 modules, in one build of two perhaps.

    Parameters
    ----------
    checkout : Path
        Its root.
    """
    compileall.compile_dir(checkout / "preprocessing", quiet=1)


def _count_complete_rows(job: Job, status: int) -> int:
    if not job.results.exists():
        return 0
    with job.results.open(encoding="utf-8", newline="") as stream:
        return sum(row["reason"] == "complete" for row in csv.DictReader(stream))


def _peer_command(script: str) -> Callable[[Job], list[str]]:
    def command(job: Job) -> list[str]:
        return [
            *(sys.executable, str(_PEERS / script)),
            *(str(job.write_list()), str(job.output), str(job.connections)),
        ]

    return command


def _download_all_command(job: Job) -> list[str]:
    first = next(iter(job.products.values()))[0]
    name = stitched_name(replace(first, number=0)).replace("_0", "_{}", 1)
    return [
        *(sys.executable, str(_PEERS / "download_all.py"), str(job.write_list())),
        *(str(job.output), job.recipe.mission.catalog, first.author),
        *(f"{first.exposure_s:g}", name),
    ]


def _lksearch_command(job: Job) -> list[str]:
    script = _PEERS / "lksearch_download.py"
    return [str(_lksearch_python()), str(script), str(job.write_list()), str(job.output)]


def _astropy_environment(job: Job) -> dict[str, str]:
    """Point astroquery, and the resolver behind it, at the archive; with caches of their own."""
    config, caches = job.folder / "config", job.folder / "caches"
    (config / "astropy").mkdir(parents=True)
    (config / "astropy" / "astroquery.cfg").write_text(f"[mast]\nserver = {job.base_url}\n")
    for owner in ("astropy", "lightkurve", "lksearch"):
        (caches / owner).mkdir(parents=True)
    return {
        "XDG_CONFIG_HOME": str(config),
        "XDG_CACHE_HOME": str(caches),
        # For the resolver, whose address is fixed; the rest goes straight, as it would elsewhere.
        "http_proxy": job.base_url,
        "no_proxy": "127.0.0.1",
    }


def _count_outputs(job: Job, status: int) -> int:
    return len(list(job.output.glob("*.fits")))


def _all_or_none(job: Job, status: int) -> int:
    return len(job.products) if status == 0 else 0


def _aria2c_command(job: Job) -> list[str]:
    listed = job.folder / "aria2c.txt"
    listed.write_text("".join(f"{url}\n  out={name}\n" for url, name in job.files()))
    trust = [] if job.authority is None else [f"--ca-certificate={job.authority}"]
    return [
        *("aria2c", "--no-conf", "--quiet", "--file-allocation=none", *trust),
        *(f"--input-file={listed}", f"--dir={job.output}"),
        *(f"--max-concurrent-downloads={job.connections}", "--split=1"),
        "--max-connection-per-server=1",
    ]


def _curl_command(job: Job) -> list[str]:
    listed = job.folder / "curl.txt"
    listed.write_text(
        "".join(f'url = "{url}"\noutput = "{job.output / name}"\n' for url, name in job.files())
    )
    trust = [] if job.authority is None else ["--cacert", str(job.authority)]
    return [
        *("curl", "--disable", "--silent", "--fail", "--parallel", *trust),
        *("--parallel-max", str(job.connections), "--create-dirs", "--config", str(listed)),
    ]


def _listed_command(script: str) -> Callable[[Job], list[str]]:
    def command(job: Job) -> list[str]:
        listed = job.folder / "files.txt"
        listed.write_text("".join(f"{url}\t{name}\n" for url, name in job.files()))
        return [
            *(sys.executable, str(_PEERS / script)),
            *(str(listed), str(job.output), str(job.connections)),
        ]

    return command


def _without_module(name: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        return None if importlib.util.find_spec(name) else f"{name} is not installed"

    return missing


def _nothing(job: Job) -> dict[str, str]:
    return {}


def _never() -> None:
    return None


def _without(tool: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        return None if shutil.which(tool) else f"{tool} is not installed"

    return missing


def _lksearch_python() -> Path:
    chosen = os.environ.get(_LKSEARCH_VARIABLE)
    return Path(chosen) if chosen else ROOT / ".venv-lksearch" / "bin" / "python"


@cache
def lksearch_version() -> str:
    """Return the version of lksearch that can be run here; nothing if none can."""
    program = "from importlib.metadata import version; print(version('lksearch'))"
    return first_line([str(_lksearch_python()), "-c", program])


def _without_lksearch() -> str | None:
    if lksearch_version():
        return None
    return "no environment has lksearch; benchmarks/README.md says how to make one"


#: Every contender by name.
CONTENDERS: Mapping[str, Contender] = {
    contender.name: contender
    for contender in (
        Contender(
            "xenoscan",
            Makes.STITCHED,
            scraper_command,
            scraper_environment,
            _never,
            _count_complete_rows,
        ),
        Contender(
            "usual design",
            Makes.STITCHED,
            _peer_command("usual_design.py"),
            _astropy_environment,
            _never,
            _count_outputs,
        ),
        Contender(
            "download_all",
            Makes.STITCHED,
            _download_all_command,
            _astropy_environment,
            _never,
            _count_outputs,
        ),
        Contender(
            "lksearch",
            Makes.FILES,
            _lksearch_command,
            _astropy_environment,
            _without_lksearch,
            _all_or_none,
        ),
        Contender(
            "aria2c",
            Makes.FILES,
            _aria2c_command,
            _nothing,
            _without("aria2c"),
            _all_or_none,
            searches=False,
        ),
        Contender(
            "curl",
            Makes.FILES,
            _curl_command,
            _nothing,
            _without("curl"),
            _all_or_none,
            searches=False,
        ),
    )
}

#: Those whose ways with faults are compared: one for each column, by its title.
FAULT_CONTENDERS: Mapping[str, Contender] = {
    "xenoscan": CONTENDERS["xenoscan"],
    "lightkurve": CONTENDERS["download_all"],
    "astroquery": Contender(
        "astroquery",
        Makes.FILES,
        _peer_command("astroquery_products.py"),
        _astropy_environment,
        _never,
        _all_or_none,
    ),
    "lksearch": CONTENDERS["lksearch"],
    **{
        name: Contender(
            name,
            Makes.FILES,
            _listed_command(f"{name}_files.py"),
            _nothing,
            _without_module(name),
            _all_or_none,
            searches=False,
        )
        for name in ("parfive", "pooch")
    },
}
