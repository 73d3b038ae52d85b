"""Options from TOML files: under the names that they have on the command line, without dashes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from preprocessing.cli.call import Call
from preprocessing.cli.commands import COMMANDS, Command
from preprocessing.cli.parser import CommandParser
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean
from preprocessing.system.plain_files import kind_of

__all__ = ["SETTINGS_NAME", "read_options", "toml_line"]

#: The file that is read without being named, in the working directory.
SETTINGS_NAME = "xenoscan.toml"


def read_options(command: Command, call: Call, *, looks_around: bool) -> argparse.Namespace:
    """Return a command's options: from the command line, from settings files, or the defaults.

    The command line counts most. Then come the file that ``--config`` names (or ``xenoscan.toml``
    in the working directory), and the one in the data set's folder.

    Parameters
    ----------
    command : Command
        The command. A file's table of its name holds options for it alone; those outside of
        tables are for every command that has them.
    call : Call
        With the command line.
    looks_around : bool
        Whether ``xenoscan.toml`` in the working directory is read.

    Raises
    ------
    UsageError
        The command line or a file is wrong.
    """
    parser = command.parser(call.program)
    given = parser.read_given(call.words)
    found: dict[str, Any] = {}
    for path in _files(given, looks_around):
        found = {**_Reader(path, parser, command).read(), **found}
    others = parser.allowed_beside(given, found)
    return argparse.Namespace(**{**parser.defaults(), **others, **given})


def toml_line(name: str, value: str | int | float) -> str:
    """Return a line of a settings file.

    Raises
    ------
    UsageError
        A text cannot be written: it is a path that is not UTF-8.

    Examples
    --------
    >>> toml_line("archive", "embedded --stars 9")
    'archive = "embedded --stars 9"'
    >>> toml_line("workers", 4)
    'workers = 4'
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise UsageError(f"{SETTINGS_NAME} cannot hold {name} {value!r}: not UTF-8") from error
    # JSON spells texts and numbers as TOML does, but for this one character.
    return f"{name} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")


def _files(given: Mapping[str, Any], looks_around: bool) -> Iterator[Path]:
    """Yield the settings files to read, from the most important on."""
    dataset = given.get("dataset")
    if "config" in given:
        yield given["config"]
    elif looks_around and Path(SETTINGS_NAME).is_file() and dataset is None:
        yield Path(SETTINGS_NAME)
    if dataset is not None:
        settings = DatasetFolder(dataset).settings
        if settings.exists():
            kind = kind_of(settings.stat())
            if kind is not None:
                raise UsageError(f"{settings} is {kind}, not a file: move it away")
            yield settings


class _Reader:
    """Reads one file, and checks each value as the command line's is checked."""

    def __init__(self, path: Path, parser: CommandParser, command: Command) -> None:
        self._path = path
        self._parser = parser
        self._command = command
        self._options = parser.settable()

    def read(self) -> dict[str, Any]:
        """Return the values for the command, by the names that the parser gives them."""
        content = self._content()
        tables = {key: value for key, value in content.items() if isinstance(value, dict)}
        for key in tables:
            if key not in COMMANDS:
                self._fail(f"unknown table [{key}]", did_you_mean(key, COMMANDS))
        shared = {key: value for key, value in content.items() if key not in tables}
        for name in self._command.includes:
            shared.update(tables.get(name, {}))
        for key in [key for key in shared if key not in self._options]:
            self._require_known_elsewhere(key)
            del shared[key]
        own = tables.get(self._command.name, {})
        for key in own:
            if key not in self._options:
                self._fail(f"unknown option {key!r}", did_you_mean(key, self._options))
        return dict(self._converted(key, value) for key, value in {**shared, **own}.items())

    def _content(self) -> dict[str, Any]:
        # Imported here: most commands read no settings.
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        try:
            content: dict[str, Any] = tomllib.loads(self._path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"cannot read {self._path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"cannot read {self._path}: it is not UTF-8 text") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"cannot read {self._path}: it is not TOML: {error}") from error
        return content

    def _require_known_elsewhere(self, key: str) -> None:
        parsers = (command.parser(command.name) for command in COMMANDS.values())
        others = {name for parser in parsers for name in parser.settable()}
        if key not in others:
            self._fail(f"unknown option {key!r}", did_you_mean(key, {*self._options, *others}))

    def _converted(self, key: str, value: object) -> tuple[str, Any]:
        action = self._options[key]
        if isinstance(action, argparse._StoreTrueAction):
            return action.dest, self._of_kind(key, value, bool, "true or false")
        if isinstance(action, argparse._AppendAction) or action.nargs == "+":
            values = value if isinstance(value, list) else [value]
            return action.dest, [self._scalar(action, key, item) for item in values]
        return action.dest, self._scalar(action, key, value)

    def _scalar(self, action: argparse.Action, key: str, value: object) -> Any:
        if action.type is int:
            return self._of_kind(key, value, int, "a whole number")
        if action.type is float:
            return float(self._of_kind(key, value, (int, float), "a number"))
        if action.type in (None, Path):
            given = self._of_kind(key, value, str, "text in quotes")
            text = os.path.expanduser(given)
            if text.partition(os.sep)[0] == "~":
                self._fail(f"{key} = {given}: this user has no home directory")
        else:
            text = str(self._of_kind(key, value, (str, int, float), "text or a number"))
        try:
            return self._parser.converted(action, text)
        except argparse.ArgumentError as error:
            self._fail(f"{key}: {error.message}")

    def _of_kind(self, key: str, value: Any, kind: type | tuple[type, ...], name: str) -> Any:
        is_kind = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if not is_kind:
            self._fail(f"{key} must be {name}, not {_shown(value)}")
        return value

    def _fail(self, message: str, guess: str = "") -> NoReturn:
        raise UsageError(f"{self._path}: {message}{guess and f': {guess}'}")


def _shown(value: object) -> str:
    """Return a value about as a TOML file has it."""
    return json.dumps(value, ensure_ascii=False, default=str)
