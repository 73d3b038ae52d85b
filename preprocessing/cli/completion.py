"""``xenoscan completion``: print what lets a shell complete commands, options and their values."""

from __future__ import annotations

import argparse
from pathlib import Path

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.terminal import show

__all__ = ["EPILOG", "add_options", "run"]

#: Options that take the name of a file, or - for standard input.
_FILES = frozenset({"target_list"})
_SHELLS = ("bash", "zsh", "fish")
EPILOG = (
    'For this terminal: eval "$(xenoscan completion bash)", the same with zsh, or'
    " xenoscan completion fish | source. For all new ones, put that line into ~/.bashrc, ~/.zshrc"
    " (after compinit) or ~/.config/fish/config.fish."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan completion`` to its parser."""
    add = parser.add_argument_group("which shell").add_argument
    add("shell", metavar="SHELL", choices=_SHELLS, help=", ".join(_SHELLS))


def run(given: argparse.Namespace, call: Call) -> int:
    """Print the completion for a shell."""
    import shtab

    from preprocessing.cli.main import xenoscan_parser

    parser = xenoscan_parser(with_options=True)
    for action in parser.every_action():
        if action.dest in _FILES or action.type is Path:
            kind = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE
            action.complete = kind  # type: ignore[attr-defined]
        else:
            action.choices = getattr(action, "suggested", action.choices)
    show(f"{shtab.complete(parser, given.shell)}\n")
    return OK
