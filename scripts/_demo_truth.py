"""Print what the simulator's truth table says of the stars that a ranking calls the strangest."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

_SHOWN = 10
#: The share of the list that a person reads.
_READ = 0.03
_Row = Mapping[str, str]


def beside_truth(order: Sequence[tuple[str, _Row]]) -> Iterator[str]:
    """Yield the lines to print.

    Parameters
    ----------
    order : sequence of (str, mapping)
        Each star and its row of the truth table, the strangest that no label explains first.
    """
    strange = [place for place, (_, true) in enumerate(order, 1) if _is_strange(true)]
    yield f"What these {_SHOWN} are in truth (* one of the {len(strange)} strange stars):"
    for place, (name, true) in enumerate(order[:_SHOWN], 1):
        yield f"{place:4}  {name} {'*' if _is_strange(true) else ' '} {_described(true)}"
    n_read = max(1, int(_READ * len(order)))
    n_found = sum(place <= n_read for place in strange)
    yield f"Strange stars among the first {n_read} (3 %): {n_found} of {len(strange)}."
    yield f"Their places in the list: {', '.join(map(str, strange))}."


def _is_strange(true: _Row) -> bool:
    return true["is_strange"] == "True"


def _described(true: _Row) -> str:
    kind, ratio = true["kind"].replace("_", " "), true["amplitude_over_noise"]
    size = f", {float(ratio):.0f} times the noise" if ratio else ""
    faults = true["spacecraft_faults"].replace("_", " ").replace(":", " in ")
    return f"{kind}{size}{faults and f'; spacecraft: {faults}'}"


def main(ranking: Path, truth: Path) -> None:
    """Print them.

    Parameters
    ----------
    ranking : Path
        ``ranking.parquet``.
    truth : Path
        The truth table.
    """
    with truth.open(encoding="utf-8", newline="") as stream:
        true = {int(row["number"]): row for row in csv.DictReader(stream)}
    rows = pq.read_table(ranking, columns=["kic", "name", "rank_unexplained"]).to_pylist()
    rows.sort(key=lambda row: row["rank_unexplained"])
    for line in beside_truth([(row["name"], true[row["kic"]]) for row in rows]):
        print(line)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
