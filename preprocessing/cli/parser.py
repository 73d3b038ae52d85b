"""The parser that every command's own parser is made of."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from preprocessing._version import __version__
from preprocessing.cli.terminal import show
from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean, one_of

__all__ = ["CommandParser", "Once", "suggest"]

_SEE_HELP = "(--help shows the options)"
#: Stands for what the command line does not say.
_ABSENT = object()
#: Options that would make no sense in a settings file: which file or folder to read it from.
_COMMAND_LINE_ONLY = frozenset({"config", "dataset", "adopt", "explain"})


class Once(argparse.Action):
    """Takes one value, and refuses a second one instead of forgetting the first."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Keep the value.

        Raises
        ------
        argparse.ArgumentError
            There is one already.
        """
        first = getattr(namespace, self.dest, _ABSENT)
        if first is not _ABSENT and first != self.default:
            raise argparse.ArgumentError(self, f"takes one value, and has two: {first}, {values}")
        setattr(namespace, self.dest, values)


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
            self._refuse(unknown)
        return given

    def read_given(self, words: Sequence[str]) -> dict[str, Any]:
        """Parse a command line; return only what it says, without defaults.

        Parameters
        ----------
        words : sequence of str
            As `read` takes it.

        Returns
        -------
        dict
            Values by the names of their attributes.

        Raises
        ------
        UsageError
            An option or a value is wrong.
        """
        lists = {a.dest for a in self._actions if isinstance(a, argparse._AppendAction)}
        # The parser sets the default of an attribute only if it is not there yet.
        absent = dict.fromkeys(self.defaults().keys() - lists, _ABSENT)
        given, unknown = self.parse_known_args(words, argparse.Namespace(**absent))
        if unknown:
            self._refuse(unknown)
        found = vars(given).items()
        return {k: v for k, v in found if v is not _ABSENT and not (k in lists and not v)}

    def defaults(self) -> dict[str, Any]:
        """Return the default of every option and argument, by the names of their attributes."""
        return {a.dest: a.default for a in self._actions if a.default != argparse.SUPPRESS}

    def every_action(self) -> Iterator[argparse.Action]:
        """Yield every option and argument, those of subcommands too."""
        for action in self._actions:
            yield action
            if isinstance(action, argparse._SubParsersAction):
                for parser in action.choices.values():
                    yield from parser.every_action()

    def settable(self) -> dict[str, argparse.Action]:
        """Return the options that a settings file may hold, by their names without dashes."""
        return {
            option[2:]: action
            for option, action in self._option_string_actions.items()
            if option.startswith("--")
            and action.default != argparse.SUPPRESS
            and action.help != argparse.SUPPRESS
            and action.dest not in _COMMAND_LINE_ONLY
        }

    def converted(self, action: argparse.Action, text: str) -> Any:
        """Return the value of a text, as if the command line had given it to an option.

        Raises
        ------
        argparse.ArgumentError
            The option takes no such value.
        """
        value = self._get_value(action, text)
        self._check_value(action, value)
        return value

    def allowed_beside(
        self, given: Mapping[str, Any], others: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return the options that do not exclude any of those that were given."""
        excluded: set[str] = set()
        for group in self._mutually_exclusive_groups:
            names = {action.dest for action in group._group_actions}
            if names & given.keys():
                excluded |= names
        return {name: value for name, value in others.items() if name not in excluded}

    def short_usage(self) -> str:
        """Return a usage line without the options, which the help lists in groups."""
        places = (str(action.metavar) for action in self._get_positional_actions())
        return " ".join(("%(prog)s [options]", *places))

    def format_help(self) -> str:
        """Return the help, with the general options at its end."""
        groups = self._action_groups
        groups.sort(key=lambda group: group is self.general)
        return super().format_help()

    def _print_message(self, message: str, file: Any = None) -> None:
        # Only help and version come here: `error` raises.
        show(message)

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        option = next((word.split("=")[0] for word in unknown if word.startswith("--")), "")
        guess = did_you_mean(option, self._option_string_actions) if option else ""
        self.error(f"unrecognized arguments: {' '.join(unknown)}{guess and f'; {guess}'}")

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
