"""What a run tells while it is alive, and what it can be told: see ``run_status.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timezone
from enum import Enum
from typing import Any, TypeAlias, TypeGuard

__all__ = [
    "CONTROL_NAME",
    "MOST_CONTROL",
    "RUN_HISTORY_NAME",
    "RUN_STATUS_NAME",
    "Command",
    "CommandAnswer",
    "ControlCommand",
    "RunState",
    "RunStatus",
    "read_commands",
    "read_history",
]

#: Names of the files in the folder of the checkpoint.
RUN_STATUS_NAME = "run_status.json"
RUN_HISTORY_NAME = "run_history.jsonl"
CONTROL_NAME = "control.json"

#: No more is read of what has the name of the commands' file, in bytes: a command takes some
#: hundred, and a shell may append many.
MOST_CONTROL = 2**16

#: A status older than this, in seconds, is that of a run which was killed: it is written once a
#: second, also while the run waits.
_STALE_S = 15.0
#: The clock of the machine that wrote a status may be ahead by some minutes. A time further ahead
#: is of a clock that was wrong, and says nothing of the present.
_CLOCKS_DIFFER_S = 3600.0
#: Members of a status that its history does without: they are the same in each line, or no
#: measurement.
_NOT_IN_HISTORY = ("pid", "host", "answers")
#: Digits after the point.
_DIGITS = 3
#: An identifier of a command is a few random letters; what is longer was not made by our programs.
_LONGEST_ID = 200
#: No count and no measurement comes near this.
_HUGE = 1e300

_Text: TypeAlias = str | bytes


class RunState(str, Enum):
    """What a run is doing."""

    RUNNING = "running"
    #: Told to pause: what was in flight ends, and nothing begins.
    PAUSED = "paused"
    #: The archive is down.
    OUTAGE = "outage"
    #: Interrupted: what is in flight has a few seconds to end.
    STOPPING = "stopping"
    ENDED = "ended"

    __str__ = str.__str__


class Command(str, Enum):
    """What a run can be told while it is alive."""

    PAUSE = "pause"
    GO_ON = "go-on"
    RETRY_FAILED = "retry-failed"

    __str__ = str.__str__


@dataclass(frozen=True)
class ControlCommand:
    """A command to a run: a line of ``control.json``.

    Parameters
    ----------
    id : str
        Random text. A run takes each command once, by this.
    command : Command
        What to do.
    time : str
        When it was given: ISO 8601, UTC.
    """

    id: str
    command: Command
    time: str = ""

    def to_json(self) -> str:
        """Return the line."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_json(cls, text: _Text) -> ControlCommand:
        """Return the command that a line gives.

        Parameters
        ----------
        text : str or bytes
            The line, from whoever wrote it.

        Raises
        ------
        ValueError
            It is no command; the message says why.

        Examples
        --------
        >>> ControlCommand.from_json('{"id": "k3", "command": "pause"}').command.value
        'pause'
        """
        given = _json_object(text)
        name, command = given.get("id"), given.get("command")
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
            raise ValueError("it has no id")
        if command not in [str(known) for known in Command]:
            known = ", ".join(Command)
            raise ValueError(f"its command is none of {known}")
        time = given.get("time")
        return cls(name, Command(command), time if isinstance(time, str) else "")


@dataclass(frozen=True)
class CommandAnswer:
    """A command that a run took, and what it answers.

    Parameters
    ----------
    id, command : str
        Of the `ControlCommand`.
    answer : str
        What follows of it, for a person.
    time : str
        When it was taken: ISO 8601, UTC.
    """

    id: str
    command: str
    answer: str
    time: str


@dataclass(frozen=True)
class RunStatus:
    """How far a run is: the content of ``run_status.json``, or a line of the history.

    Parameters
    ----------
    run : str
        When the run began, which is its name: ISO 8601, UTC.
    time : str
        When this was written: ISO 8601, UTC.
    pid : int
        Process number.
    host : str
        Name of the machine.
    state : RunState
        What the run is doing.
    seconds : float
        Since the run began.
    total : int
        Targets of the list.
    before : int
        How many of these were done in earlier runs.
    done, complete, partial, failed : int
        Targets with an outcome of this run, and how many of these are complete, have a light curve
        that lacks files, and have none.
    queued_again : int
        Failed targets that wait for another attempt.
    bytes, retries : int
        Bytes received, and requests repeated for them.
    requests_in_flight : int
        Files that are requested at the moment.
    waiting_for : str or None
        What the run mostly waits for now, in a few words; None if nothing was measured yet.
    stars_per_s, bytes_per_s : float
        Of the last minute.
    seconds_left : float or None
        Until the end; None where there is no honest figure.
    rss_bytes, peak_rss_bytes : int
        Memory of the process (resident set size), now and at most, in bytes.
    memory_percent : float
        How much of the machine's memory is used.
    cpu_seconds : float
        Processor time of the process, user and system.
    free_bytes : int or None
        Free space on the disk of the outputs, in bytes; None if unknown.
    failures : mapping of str to int
        Failed targets by reason: see `Reason`.
    answers : tuple of CommandAnswer
        The commands that the run took last, the oldest first.
    """

    run: str = ""
    time: str = ""
    pid: int = 0
    host: str = ""
    state: RunState = RunState.RUNNING
    seconds: float = 0.0
    total: int = 0
    before: int = 0
    done: int = 0
    complete: int = 0
    partial: int = 0
    failed: int = 0
    queued_again: int = 0
    bytes: int = 0
    retries: int = 0
    requests_in_flight: int = 0
    waiting_for: str | None = None
    stars_per_s: float = 0.0
    bytes_per_s: float = 0.0
    seconds_left: float | None = None
    rss_bytes: int = 0
    peak_rss_bytes: int = 0
    memory_percent: float = 0.0
    cpu_seconds: float = 0.0
    free_bytes: int | None = None
    failures: Mapping[str, int] = field(default_factory=dict)
    answers: tuple[CommandAnswer, ...] = ()

    def to_json(self) -> str:
        """Return the content of the file: one line."""
        return _line(asdict(self))

    def to_history(self) -> str:
        """Return a line of the history."""
        members = asdict(self)
        return _line({name: members[name] for name in members if name not in _NOT_IN_HISTORY})

    @classmethod
    def from_json(cls, text: _Text) -> RunStatus:
        """Return the status in a file or in a line of the history.

        Parameters
        ----------
        text : str or bytes
            The content. Members that are missing or of a wrong type get their defaults, and
            unknown ones are left out: another version may have written it.

        Raises
        ------
        ValueError
            It is no JSON object.

        Examples
        --------
        >>> status = RunStatus.from_json('{"done": 7, "failed": "many", "new": 1}')
        >>> status.done, status.failed
        (7, 0)
        """
        given = _json_object(text)
        default = cls()
        return replace(
            default,
            **{
                member.name: _read(member.name, given[member.name], getattr(default, member.name))
                for member in fields(cls)
                if member.name in given
            },
        )

    def is_alive(self, now: datetime) -> bool:
        """Tell whether the run that wrote this still runs.

        Parameters
        ----------
        now : datetime
            The present time, with a time zone.
        """
        if self.state is RunState.ENDED:
            return False
        try:
            written = datetime.strptime(self.time, "%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            return False
        age_s = (now - written.replace(tzinfo=timezone.utc)).total_seconds()
        return -_CLOCKS_DIFFER_S < age_s < _STALE_S


def read_commands(content: bytes) -> tuple[list[ControlCommand], list[str]]:
    r"""Return the commands of ``control.json``, the oldest first, and why other lines are none.

    Parameters
    ----------
    content : bytes
        The file's content, from whoever wrote it.

    Examples
    --------
    >>> commands, others = read_commands(b'{"id": "1", "command": "pause"}\npause!\n')
    >>> [command.id for command in commands], others
    (['1'], ['it is no JSON'])
    """
    commands: list[ControlCommand] = []
    others: list[str] = []
    for line in filter(None, map(bytes.strip, content.split(b"\n"))):
        try:
            commands.append(ControlCommand.from_json(line))
        except ValueError as error:
            others.append(str(error))
    return commands, others


def read_history(text: str, since: str = "") -> list[RunStatus]:
    """Return the lines of a history, of several runs perhaps; torn lines are left out.

    Parameters
    ----------
    text : str
        Content of the file, or its end.
    since : str, optional
        Only those of this time and later: ISO 8601, UTC. What is older is not looked at.
    """
    found: list[RunStatus] = []
    # A page asks again and again for the last of tens of thousands of lines.
    for line in reversed(text.splitlines()):
        try:
            status = RunStatus.from_json(line)
        except ValueError:
            continue
        # Times are in UTC: their order is that of the alphabet.
        if status.time < since:
            break
        found.append(status)
    return found[::-1]


def _json_object(text: _Text) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(given, dict):
        raise ValueError("it is no JSON object")
    return given


def _line(members: Mapping[str, Any]) -> str:
    short = {
        name: round(value, _DIGITS) if isinstance(value, float) else value
        for name, value in members.items()
    }
    return json.dumps(short) + "\n"


def _read(name: str, given: object, default: Any) -> Any:
    """Return a member as given, or its default if it is of a wrong type."""
    if name == "state":
        return RunState(given) if given in [str(state) for state in RunState] else default
    if name == "answers":
        read = map(_read_answer, given if isinstance(given, list) else ())
        return tuple(answer for answer in read if answer is not None)
    if name == "failures":
        counts = given.items() if isinstance(given, dict) else ()
        return {reason: count for reason, count in counts if _is_number(count)}
    if name == "waiting_for" or isinstance(default, str):
        return given if isinstance(given, str) else default
    if isinstance(default, int) or name == "free_bytes":
        return int(given) if _is_number(given) else default
    return float(given) if _is_number(given) else default


def _read_answer(given: object) -> CommandAnswer | None:
    names = [member.name for member in fields(CommandAnswer)]
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) for name in names):
        return None
    return CommandAnswer(**{name: given[name] for name in names})


def _is_number(given: object) -> TypeGuard[int | float]:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return False
    # Not so for NaN, infinity, and whole numbers that no float can hold.
    return abs(given) < _HUGE
