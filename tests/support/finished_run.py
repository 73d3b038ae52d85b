"""A small run that ended, for tests that touch what it left and want it back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from preprocessing.acquire.audits.dataset_records import DataSet
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.scraping import Place

HOLDINGS = SyntheticHoldings(4, n_quarters=1)
NAME = HOLDINGS.star(HOLDINGS.star_keys()[0]).names[0]
#: A star by its name and by its number, three more, and one that nobody has.
TARGETS = (NAME, *(f"KIC {kic}" for kic in HOLDINGS.star_keys()), "KIC 757076")
RECORDS = ("results.csv", "results_manifest.jsonl", "checkpoints/scraper_checkpoint.json")


@dataclass(frozen=True)
class FinishedRun:
    """A run that ended, and the archive that it was of."""

    place: Place
    server: ArchiveThread
    arguments: tuple[str, ...]
    content: dict[str, bytes]

    @property
    def data_set(self) -> DataSet:
        return DataSet(self.place.raw, self.place.results, self.place.checkpoint.parent)

    def restore(self) -> None:
        shutil.rmtree(self.place.root)
        for name, content in self.content.items():
            path = self.place.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    @property
    def outputs(self) -> dict[str, bytes]:
        start = len("raw/")
        return {n[start:]: c for n, c in self.content.items() if n.startswith("raw/")}

    def flip(self, name: str, place: int, bit: int) -> None:
        """Change one bit of a file."""
        path = self.place.root / name
        content = bytearray(path.read_bytes())
        content[place] ^= 1 << bit
        path.write_bytes(content)

    def resume(self) -> None:
        # One of the targets has no data, and so never is complete.
        assert self.place.scrape(*self.arguments, "--resume", "--quiet") == 1


@contextmanager
def finished_run(folder: Path) -> Iterator[FinishedRun]:
    """Make a small data set with everything in it that records can say."""
    place = Place(folder)
    with ArchiveThread(HOLDINGS) as server:
        arguments = ("--ids", ",".join(TARGETS), "--archive", server.base_url)
        assert place.scrape(*arguments, "--quiet", "--workers", "1") == 1
        content = {
            str(path.relative_to(place.root)): path.read_bytes()
            for path in place.root.rglob("*")
            if path.is_file()
        }
        yield FinishedRun(place, server, arguments, content)
