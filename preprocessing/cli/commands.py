"""The one list of commands: a new stage adds a line here and a module beside it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

from preprocessing.cli.call import Call
from preprocessing.cli.parser import CommandParser
from preprocessing.core.errors import UsageError

__all__ = ["COMMANDS", "EXTRAS", "Command", "CommandModule", "missing_extra", "require_extra"]

#: What each extra of pyproject.toml brings, beyond the base installation.
EXTRAS = {
    "catalog": frozenset({"astropy", "duckdb", "pyvo"}),
    "check": frozenset({"astropy"}),
    "cluster": frozenset({"dask_jobqueue", "distributed"}),
    "dashboard": frozenset({"duckdb", "matplotlib", "numba", "pyarrow", "scipy"}),
    "dataset": frozenset({"astropy_healpix", "lightkurve", "pyarrow"}),
    "features": frozenset({"numba", "pyarrow", "scipy"}),
    "rank": frozenset({"numba", "pyarrow", "shap", "sklearn"}),
    "report": frozenset({"matplotlib", "numba", "pyarrow", "scipy"}),
    "s3": frozenset({"fsspec", "s3fs"}),
}


class CommandModule(Protocol):
    """What the module of a command has.

    It imports what its options need. The rest is imported by `run`, so that ``--help`` and
    mistakes on the command line need not wait for it.
    """

    EPILOG: str

    def add_options(self, parser: CommandParser) -> None:
        """Add the command's options, in groups."""

    def run(self, given: argparse.Namespace, call: Call) -> int:
        """Do what the options ask for; return the exit status."""


def missing_extra(package: str, extra: str) -> str:
    """Return what to say when a package is not installed that an extra brings."""
    return f"{package} is not installed, and this needs it: pip install 'xenoscan[{extra}]'"


def require_extra(extra: str) -> None:
    """Make sure that an extra is installed.

    Parameters
    ----------
    extra : str
        One of `EXTRAS`; empty for the base installation.

    Raises
    ------
    UsageError
        A package is missing.
    """
    for package in sorted(EXTRAS.get(extra, ())):
        if find_spec(package) is None:
            raise UsageError(missing_extra(package, extra))


@dataclass(frozen=True)
class Command:
    """One subcommand of ``xenoscan``.

    Parameters
    ----------
    name : str
        What follows ``xenoscan`` on the command line.
    summary : str
        One sentence for ``--help``.
    module : str
        Module in `preprocessing.cli` that implements `CommandModule`.
    extra : str
        The extra, of `EXTRAS`, without which the command can do nothing, as in
        ``pip install 'xenoscan[catalog]'``. Empty if the base installation is enough.
    makes_tables : bool
        Whether it writes tables into the folder of its ``DATASET``, whose list of commands it then
        joins.
    leaves_report : bool
        Whether it ends with the report of its data set.
    includes : tuple of str
        Commands that it runs. Their tables in settings files hold options for it too.
    """

    name: str
    summary: str
    module: str
    extra: str = ""
    makes_tables: bool = False
    leaves_report: bool = False
    includes: tuple[str, ...] = ()

    def require_extra(self) -> None:
        """Make sure that the command's extra is installed, before anything is done.

        Raises
        ------
        UsageError
            A package is missing.
        """
        require_extra(self.extra)

    def load(self) -> CommandModule:
        """Import the command's module."""
        return cast(CommandModule, import_module(f"preprocessing.cli.{self.module}"))

    def parser(self, program: str) -> CommandParser:
        """Return the command's parser.

        Parameters
        ----------
        program : str
            What the usage line calls the program.
        """
        parser = CommandParser(prog=program, description=self.summary)
        self.complete(parser)
        return parser

    def complete(self, parser: CommandParser) -> None:
        """Give a parser the command's options."""
        module = self.load()
        module.add_options(parser)
        parser.general.add_argument(
            "--config",
            type=Path,
            metavar="FILE",
            help="read options from this TOML file; those on the command line count more",
        )
        parser.epilog = module.EPILOG
        parser.usage = parser.short_usage()


#: By name, in the order in which ``xenoscan --help`` lists them.
COMMANDS = {
    command.name: command
    for command in (
        Command(
            "download",
            "Download, verify and stitch light curves of Kepler, K2 and TESS.",
            "download",
            leaves_report=True,
        ),
        Command(
            "verify",
            "Check every light curve of a data set against the records, and repair what is wrong.",
            "verify",
        ),
        Command(
            "pack",
            "Write the light curves of a data set as one catalog of Parquet files.",
            "pack",
            leaves_report=True,
        ),
        Command(
            "features",
            "Describe every star of a data set by 47 features, and search it for transits.",
            "features",
            extra="features",
            makes_tables=True,
            leaves_report=True,
        ),
        Command(
            "vet",
            "Label every star of a data set by what is known of it, and vet its candidates.",
            "vet",
            extra="features",
            makes_tables=True,
            leaves_report=True,
        ),
        Command(
            "rank",
            "Rank the stars of a data set by how strange they are, and say why.",
            "rank",
            extra="rank",
            makes_tables=True,
            leaves_report=True,
        ),
        Command(
            "report",
            "Show a data set as one page of HTML, or describe it for a paper's methods section.",
            "report",
        ),
        Command(
            "sheet",
            "Draw all that is known of single stars, one page each, as PDF and PNG.",
            "sheet",
            extra="report",
        ),
        Command(
            "dashboard",
            "Look at a data set, and at the run that fills it, in the browser.",
            "dashboard",
            extra="dashboard",
        ),
        Command(
            "all",
            "Go the whole road: download stars, describe, vet and rank them.",
            "whole_road",
            extra="rank",
            makes_tables=True,
            leaves_report=True,
            includes=("download",),
        ),
        Command(
            "validate",
            "Measure what the ranking of a data set finds: signals put in, and light without any.",
            "validate",
            extra="rank",
            makes_tables=True,
            leaves_report=True,
        ),
        Command(
            "catalog",
            "Collect what archives know about a mission's stars into one local table.",
            "catalog",
            extra="catalog",
        ),
        Command(
            "check-setup",
            "Download five very different stars and report PASSED or FAILED.",
            "check_setup",
            extra="check",
        ),
        Command(
            "serve",
            "Simulate MAST on this machine, with synthetic or your own files.",
            "serve",
        ),
        Command(
            "clear-cache",
            "Remove damaged FITS files from the caches of lightkurve, astropy and XENOSCAN.",
            "clear_cache",
            extra="check",
        ),
        Command(
            "completion",
            "Print what lets bash, zsh or fish complete the words of a command line.",
            "completion",
        ),
    )
}
