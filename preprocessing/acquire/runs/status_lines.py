"""Say in three lines how far a run is, in as many columns as there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from preprocessing.acquire.runs.summary import counted
from preprocessing.core.run_state import RunState, RunStatus

__all__ = ["Style", "amount", "speed", "status_lines", "time_left"]

#: The narrowest bar, in columns.
_LEAST_BAR = 8
#: From so many columns on, figures are explained.
_WIDE = 120
#: Colors of ECMA-48 for stars that are complete, partial and failed: blue, yellow and red are told
#: apart with every kind of color vision, and each number has its word beside it.
_BLUE, _YELLOW, _RED, _FAINT, _BOLD = "34", "33", "31", "2", "1"

#: What is said of a state instead of what the run waits for.
_STATES = {
    RunState.PAUSED: "paused: it goes on when told to",
    RunState.OUTAGE: "the archive is down: the run waits, and goes on by itself",
    RunState.STOPPING: "stopping: what is in hand has a few seconds to end",
}


@dataclass(frozen=True)
class Style:
    """What a terminal can show.

    Parameters
    ----------
    has_colors : bool
        Whether it shows colors, and the user wants them.
    has_unicode : bool
        Whether it shows more letters than ASCII has.
    """

    has_colors: bool = False
    has_unicode: bool = False

    @property
    def between(self) -> str:
        """What stands between two figures."""
        return " · " if self.has_unicode else " | "

    def painted(self, text: str, color: str) -> str:
        """Return a text in a color."""
        return f"\x1b[{color}m{text}\x1b[0m" if self.has_colors and text else text


@dataclass(frozen=True)
class _Part:
    """A part of a line."""

    text: str
    color: str = ""


def status_lines(status: RunStatus, width: int, style: Style) -> list[str]:
    """Return what is shown of a run: how far it is, how well it goes, and what it waits for.

    Parameters
    ----------
    status : RunStatus
        The run.
    width : int
        Columns of a line. What does not fit is left out, the least important first.
    style : Style
        What can be shown.
    """
    lines = [_first_line(status, width, style), _joined(_how_well(status), width, style)]
    if status.state is not RunState.ENDED:
        lines.append(_joined(_what_now(status, width), width, style))
    return lines


def _first_line(status: RunStatus, width: int, style: Style) -> str:
    done = status.before + status.done
    percent = f"{100 * done // status.total if status.total else 100:3d}% "
    counts = f" {done:,} of {status.total:,} stars"
    left = f"{style.between}{time_left(status)}" if status.seconds_left is not None else ""
    for after in (counts + left, counts, f" {done:,}/{status.total:,}", ""):
        columns = width - 1 - len(percent) - len(after)
        if columns >= _LEAST_BAR:
            return percent + _bar(status, columns, style) + after
    return percent.rstrip()[: max(0, width - 1)]


def _bar(status: RunStatus, columns: int, style: Style) -> str:
    shares = ((status.before + status.complete, _BLUE), (status.partial, _YELLOW))
    full, rest = ("━", "─") if style.has_unicode else ("#", "-")
    text, filled, so_far = "", 0, 0
    for count, color in (*shares, (status.failed, _RED)):
        so_far += count
        end = columns * so_far // max(1, status.total)
        text += style.painted(full * (end - filled), color)
        filled = end
    return text + style.painted(rest * (columns - filled), _FAINT)


def _how_well(status: RunStatus) -> Iterable[_Part]:
    yield _Part(f"{status.complete:,} complete", _BLUE)
    yield _Part(f"{status.partial:,} partial", _YELLOW if status.partial else "")
    yield _Part(f"{status.failed:,} failed", _RED if status.failed else "")
    if status.state is RunState.ENDED:
        return
    yield _Part(f"{speed(status.stars_per_s)} stars/s")
    yield _Part(f"{speed(status.bytes_per_s / 1e6)} MB/s")
    yield _Part(f"{_duration(status.seconds)} so far")
    if status.before:
        yield _Part(f"{status.before:,} done in earlier runs")
    if status.retries:
        yield _Part(f"{status.retries:,} requests repeated")


def _what_now(status: RunStatus, width: int) -> Iterable[_Part]:
    if status.state in _STATES:
        yield _Part(_STATES[status.state], _BOLD)
    elif status.waiting_for is not None:
        yield _Part(f"waiting for {status.waiting_for}")
    else:
        yield _Part("starting")
    is_wide = width >= _WIDE
    more = f" (at most {amount(status.peak_rss_bytes)}" if is_wide else ""
    more += f", {status.memory_percent:.0f}% of the machine's in use)" if is_wide else ""
    yield _Part(f"{amount(status.rss_bytes)} memory{more}")
    if status.queued_again:
        yield _Part(f"{status.queued_again:,} being tried again")
    yield _Part(f"{counted(status.requests_in_flight, 'request')} in flight")
    if status.failures:
        ordered = sorted(status.failures.items(), key=lambda item: -item[1])
        yield _Part("failed: " + ", ".join(f"{count:,} {reason}" for reason, count in ordered))
    if status.free_bytes is not None:
        yield _Part(f"{amount(status.free_bytes)} free on disk")


def _joined(parts: Iterable[_Part], width: int, style: Style) -> str:
    """Return as many parts as fit, in order; a later one may fit where one before it does not."""
    shown: list[_Part] = []
    used = 0
    for part in parts:
        more = len(part.text) + (len(style.between) if shown else 0)
        if used + more < width:
            shown.append(part)
            used += more
        elif not shown:
            shown, used = [_Part(part.text[: max(0, width - 1)], part.color)], width
    return style.between.join(_painted(shown, style))


def _painted(parts: Sequence[_Part], style: Style) -> list[str]:
    return [style.painted(part.text, part.color) if part.color else part.text for part in parts]


def time_left(status: RunStatus) -> str:
    """Return how long the rest takes, for a person.

    Examples
    --------
    >>> time_left(RunStatus(seconds_left=6000.0)), time_left(RunStatus())
    ('1 h 40 min left', 'time left unknown')
    """
    if status.seconds_left is None:
        return "time left unknown"
    return f"{_duration(status.seconds_left)} left"


def amount(n_bytes: float) -> str:
    """Return a number of bytes for a person.

    Examples
    --------
    >>> amount(312e6), amount(1.26e9), amount(812e9), amount(2e12)
    ('312 MB', '1.3 GB', '812 GB', '2.0 TB')
    """
    for unit, size in (("TB", 1e12), ("GB", 1e9)):
        if n_bytes >= size:
            number = n_bytes / size
            return f"{number:.0f} {unit}" if number >= 10 else f"{number:.1f} {unit}"
    return f"{n_bytes / 1e6:.0f} MB"


def speed(number: float) -> str:
    """Return a rate with three digits.

    Examples
    --------
    >>> speed(0.0), speed(0.123), speed(2.126), speed(14.16), speed(114.2)
    ('0', '0.12', '2.13', '14.2', '114')
    """
    if not number:
        return "0"
    return f"{number:.2f}" if number < 10 else f"{number:.1f}" if number < 100 else f"{number:.0f}"


def _duration(seconds: float) -> str:
    """Return a duration in its two largest units.

    Examples
    --------
    >>> _duration(8.2), _duration(200), _duration(720), _duration(7260), _duration(190_000)
    ('8 s', '3 min 20 s', '12 min', '2 h 1 min', '2 d 4 h')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    if minutes >= 10:
        return f"{minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
