"""The ``xenoscan`` command: choose a subcommand, run it, and turn errors into exit statuses."""

from __future__ import annotations

import argparse
import sys
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from preprocessing.cli.call import Call, Stopped, called_as
from preprocessing.cli.closing_report import close_with_report
from preprocessing.cli.command_record import record_command
from preprocessing.cli.commands import COMMANDS, EXTRAS, Command, missing_extra
from preprocessing.cli.exit_codes import BAD_USAGE, FAILED, INTERRUPTED
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.progress_option import is_for_programs
from preprocessing.cli.settings_file import read_options
from preprocessing.cli.terminal import complain, for_programs
from preprocessing.core.errors import RunError, UsageError
from preprocessing.system.paths import some_home
from preprocessing.system.standard_streams import open_closed_streams

__all__ = ["main", "script", "xenoscan_parser"]

PROGRAM = "xenoscan"
#: How users of the scripts call the downloader, in the repository.
_SCRAPER = ("python", "scripts/xenoscan_scraper.py")


@dataclass(frozen=True)
class _Script:
    """A script that runs one command under its own name.

    Parameters
    ----------
    command : str
        The command, as in `COMMANDS`.
    program : str
        The script's file name.
    """

    command: str
    program: str


def main(argv: Sequence[str] | None = None, script: _Script | None = None) -> int:
    """Run ``xenoscan``, or a script that stands for one of its commands.

    Parameters
    ----------
    argv : sequence of str, optional
        The command line without the program's name; that of this process if not given.
    script : _Script, optional
        The script that was started; None for ``xenoscan`` itself.

    Returns
    -------
    int
        The exit status: see `preprocessing.cli.exit_codes`.
    """
    open_closed_streams()
    words = tuple(sys.argv[1:] if argv is None else argv)
    program = PROGRAM
    try:
        command, call = _choose(words) if script is None else _of_script(script, words)
        program = call.program
        given = read_options(command, call, looks_around=script is None)
        command.require_extra()
        with (
            some_home() if command.extra else nullcontext(),
            for_programs() if is_for_programs(given) else nullcontext(),
        ):
            try:
                with _listed(command, given, call) as ended:
                    ended.append(status := command.load().run(given, call))
            except RunError:
                # What was done before stays, and can be looked at.
                close_with_report(command, given, call, FAILED, is_after_error=True)
                raise
            except (Stopped, KeyboardInterrupt, CancelledError):
                close_with_report(command, given, call, INTERRUPTED, is_after_error=True)
                raise
            close_with_report(command, given, call, status)
        return status
    except UsageError as error:
        message, status = str(error), BAD_USAGE
    except RunError as error:
        message, status = str(error), FAILED
    except Stopped as stopped:
        message, status = str(stopped), INTERRUPTED
    except (KeyboardInterrupt, CancelledError):
        message, status = "interrupted", INTERRUPTED
    except ModuleNotFoundError as error:
        message, status = _advice(error), BAD_USAGE
    except OSError as error:
        # What a command did not foresee of the machine.
        message, status = _trouble(error), FAILED
    complain(program, message)
    return status


def script(command: str, path: str) -> Callable[..., int]:
    """Return the main function of a script that runs one command under its own name.

    Parameters
    ----------
    command : str
        The command, as in `COMMANDS`.
    path : str
        The script. Its file name begins the command's messages.

    Returns
    -------
    callable
        Takes a command line as `main` does, without the command; returns the exit status.
    """
    return partial(main, script=_Script(command, Path(path).name))


def xenoscan_parser(*, with_options: bool = False) -> CommandParser:
    """Return the parser of ``xenoscan``.

    Parameters
    ----------
    with_options : bool, optional
        Whether every subcommand gets its options too, for completion and documentation.
        Reading which subcommand is meant does not need them.
    """
    parser = CommandParser(
        prog=PROGRAM,
        description="Download light curves of Kepler, K2 and TESS in bulk, and work with them.",
        epilog="xenoscan COMMAND --help explains a command. Options can also be in a TOML file:"
        " xenoscan.toml in the working directory, or the one that --config names.",
    )
    group = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )
    for command in COMMANDS.values():
        described = group.add_parser(
            command.name, help=command.summary, description=command.summary
        )
        if with_options:
            command.complete(described)
    return parser


def _choose(words: tuple[str, ...]) -> tuple[Command, Call]:
    if not words:
        raise UsageError(f"name a command: {', '.join(COMMANDS)} (--help explains them)")
    name = xenoscan_parser().read(words[:1]).command
    started = called_as()
    call = Call(f"{PROGRAM} {name}", words[1:], (*started, name), (*started, "download"))
    return COMMANDS[name], call


def _of_script(script: _Script, words: tuple[str, ...]) -> tuple[Command, Call]:
    call = Call(script.program, words, ("python", *sys.argv[:1]), _SCRAPER)
    return COMMANDS[script.command], call


@contextmanager
def _listed(command: Command, given: argparse.Namespace, call: Call) -> Iterator[list[int]]:
    """List a command that makes tables in the data set's folder, also if it fails.

    Its exit status is put into the list that the block gets.
    """
    is_listed = command.makes_tables and getattr(given, "explain", None) is None
    began_s = time.monotonic()
    ended: list[int] = []
    status = FAILED
    try:
        yield ended
    except (UsageError, ModuleNotFoundError):
        # Nothing was changed.
        is_listed = False
        raise
    except (Stopped, KeyboardInterrupt, CancelledError):
        status = INTERRUPTED
        raise
    finally:
        if is_listed:
            seconds = time.monotonic() - began_s
            record_command(
                given.dataset, command.name, call, ended[0] if ended else status, seconds
            )


def _trouble(error: OSError) -> str:
    """Return what the machine refused."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return "the working directory was removed: go to another, and call this again"
    return f"{error.filename or 'this machine'}: {error.strerror or error}"


def _advice(error: ModuleNotFoundError) -> str:
    """Return which extra brings a module that only some options need."""
    package = (error.name or "").partition(".")[0]
    # The one that brings least besides.
    extras = (name for name, packages in EXTRAS.items() if package in packages)
    extra = min(extras, key=lambda name: len(EXTRAS[name]), default=None)
    if extra is None:
        # A bug, or an installation that lost a part: no advice would help.
        raise error
    return missing_extra(package, extra)
