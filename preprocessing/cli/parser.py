"""The parser that every command's own parser is made of."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from preprocessing._version import __version__
from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean, one_of

__all__ = ["CommandParser", "suggest"]

_SEE_HELP = "(--help shows the options)"


class CommandParser(argparse.ArgumentParser):
    """An argument parser that raises `UsageError` and names what was probably meant.

    It comes with ``--help`` and ``--version``.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, add_help=False)
        general = self.add_argument_group("general")
        general.add_argument("-h", "--help", action="help", help="show this text and exit")
        general.add_argument(
            "--version",
            action="version",
            version=f"xenoscan {__version__}",
            help="show the version and exit",
        )
        self.general = general

    def error(self, message: str) -> NoReturn:
        """Raise a usage error instead of printing the usage and leaving."""
        raise UsageError(f"{message} {_SEE_HELP}")

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse a command line.

        Parameters
        ----------
        words : sequence of str
            Without the program's name.

        Raises
        ------
        UsageError
            An option or a value is wrong.
        SystemExit
            After ``--help`` and ``--version``.
        """
        given, unknown = self.parse_known_args(words)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._guess(unknown)}")
        return given

    def short_usage(self) -> str:
        """Return a usage line without the options, which the help lists in groups."""
        places = (str(action.metavar) for action in self._get_positional_actions())
        return " ".join(("%(prog)s [options]", *places))

    def format_help(self) -> str:
        """Return the help, with the general options at its end."""
        groups = self._action_groups
        groups.sort(key=lambda group: group is self.general)
        return super().format_help()

    def _guess(self, unknown: Sequence[str]) -> str:
        option = next((word.split("=")[0] for word in unknown if word.startswith("--")), "")
        guess = did_you_mean(option, self._option_string_actions) if option else ""
        return f"; {guess}" if guess else ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            advice = one_of(str(value), map(str, action.choices))
            if isinstance(action, argparse._SubParsersAction):
                raise argparse.ArgumentError(None, f"unknown command {value!r}: {advice}")
            raise argparse.ArgumentError(action, f"invalid choice {value!r}: {advice}")


def suggest(action: argparse.Action, words: Iterable[str]) -> argparse.Action:
    """Note what a shell completes an option's value with.

    Unlike ``choices``, other values are accepted too.
    """
    action.suggested = tuple(words)  # type: ignore[attr-defined]
    return action
