"""Lines stay at the bottom of a terminal, whatever is written above and however wide it gets."""

from __future__ import annotations

import io
import re

import pytest

from preprocessing.system.live_lines import LiveLines, write_above


class FakeTerminal(io.StringIO):
    """Does what terminals do with the few sequences that are used, and breaks lines as they do."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.rows = [""]
        self.row = self.column = 0

    def write(self, text: str) -> int:
        for part in re.findall(r"\x1b\[\d*[A-Za-z]|.|\n", text):
            self._take(part)
        return len(text)

    def _take(self, part: str) -> None:
        if part == "\n":
            self.row, self.column = self.row + 1, 0
            self.rows += [""] * (self.row + 1 - len(self.rows))
        elif part == "\r":
            self.column = 0
        elif part.endswith("A") and part.startswith("\x1b"):
            self.row -= int(part[2:-1])
        elif part in ("\x1b[K", "\x1b[J"):
            self.rows[self.row] = self.rows[self.row][: self.column]
            if part == "\x1b[J":
                del self.rows[self.row + 1 :]
        else:
            line = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = line[: self.column] + part + line[self.column + 1 :]
            self.column += 1

    def narrow(self, width: int) -> None:
        """Break lines that are too long, as most terminals do when they become narrower."""
        self.width = width
        self.rows = [
            row[i : i + width] for row in self.rows for i in range(0, len(row) or 1, width)
        ]
        self.row, self.column = len(self.rows) - 1, len(self.rows[-1])


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    """Return a terminal of 40 columns."""
    terminal = FakeTerminal(40)
    monkeypatch.setattr(LiveLines, "size", property(lambda _: (terminal.width, 24)))
    return terminal


def test_drawn_over_and_over_with_text_above(terminal: FakeTerminal) -> None:
    """A text goes above the lines, fewer lines leave nothing of the others, and the last stay."""
    lines = LiveLines(terminal)
    lines.draw(["one of three", "two", "a long third one"])
    assert write_above("WARNING: a fault")
    lines.draw(["one", "two", "three"])
    assert terminal.rows == ["WARNING: a fault", "one", "two", "three"]
    lines.draw(["done", "and over"])
    lines.close()
    terminal.write("bye")
    assert terminal.rows == ["WARNING: a fault", "done", "and over", "bye"]
    assert not write_above("nothing is shown any more")


def test_a_narrower_terminal(terminal: FakeTerminal) -> None:
    """Nothing is left of lines that a terminal broke when it became narrower."""
    lines = LiveLines(terminal)
    terminal.write("above\n")
    lines.draw(["x" * 39, "y" * 39])
    terminal.narrow(15)
    lines.draw(["short", "shorter"])
    assert terminal.rows == ["above", "short", "shorter"]
    lines.close()
