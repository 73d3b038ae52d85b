"""Write the dataset card: what is in a packed data set, where from, and how to cite it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing._version import __version__
from preprocessing.missions import Mission
from preprocessing.system.atomic import write_atomically
from preprocessing.system.foreign import foreign_content
from preprocessing.tables.time_code import is_compact_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CardFacts", "is_own_card", "is_own_text", "write_card"]

#: Tells this program's cards from others.
_MARK = "<!-- xenoscan pack wrote this file and will replace it. -->"
#: What the Hugging Face Hub calls data sets of up to so many rows
#: (https://huggingface.co/docs/datasets/main/en/dataset_card).
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)

_TEXT = """\
---
pretty_name: {title}
license: other
license_name: public-domain
license_link: https://archive.stsci.edu/publishing/data-use
size_categories:
- {size}
tags:
- astronomy
- time-series
- light-curves
- {tag}
configs:
- config_name: lightcurves
  default: true
  data_files: hats/lightcurves/dataset/**/*.parquet
{centroids}{clock}- config_name: stars
  data_files: stars.parquet
---
{mark}

# {title}

{warning}{n_stars} light curves of {mission} by {authors}, one row per star, from {archive}.
Fluxes are relative: each file of the archive was divided by its median flux before the files of
a star were stitched. Points with certain quality flags were dropped (`quality_bitmask`).

| What | Value |
| --- | --- |
| Light curves | {n_stars} |
| Targets without a light curve | {n_without} (in `stars.parquet`, each with its reason) |
| Points | {n_points} |
| Mission, authors | {mission}; {authors} |
| Synthetic | {synthetic} |
| Downloaded | {when} |
| Program | XENOSCAN {version} |
| Chain of the manifest | {chain} |

`hats/` has the layout of HATS 1.0: `hats/lightcurves` is a catalog that LSDB opens. `sha256` in
each row is the digest of the star's numbers; it proves that they are those of the FITS file.

## Columns of the light curves

| Column | Type | Unit | Meaning |
| --- | --- | --- | --- |
{columns}

## License, acknowledgment and citation

The light curves are derived from public data of the Mikulski Archive for Space Telescopes (MAST).
Its data use policy (https://archive.stsci.edu/publishing/data-use) says how to acknowledge it, and
https://archive.stsci.edu/publishing/mission-acknowledgements how to acknowledge the mission. Cite
the authors of the light curves (column `author`), and XENOSCAN by its CITATION.cff.
"""
_CENTROIDS = """\
- config_name: centroids
  data_files: hats/centroids/dataset/**/*.parquet
"""
_CLOCK = """\
- config_name: clock
  data_files: clock.parquet
"""
_WARNING = "**These stars are synthetic: a program made them up. Never use them for science.**\n\n"


@dataclass(frozen=True)
class CardFacts:
    """What the card says.

    Parameters
    ----------
    mission : Mission
        The mission.
    authors : tuple of str
        Who made the light curves.
    is_synthetic : bool
        Whether programs made them up.
    with_centroids : bool
        Whether centroids are packed too.
    n_stars, n_without, n_points : int
        Light curves, targets without one, and points of all light curves.
    times : tuple of str
        When the targets were finished; empty if no record says so.
    archive : str
        Where the files came from; empty if no record says so.
    chain : str
        The chain at the end of the manifest; empty if there is none.
    """

    mission: Mission
    authors: tuple[str, ...]
    is_synthetic: bool
    with_centroids: bool
    n_stars: int
    n_without: int
    n_points: int
    times: tuple[str, ...]
    archive: str
    chain: str


def is_own_card(path: Path) -> bool:
    """Tell whether a file is a card of this program, or is not there."""
    return foreign_content(path, is_own_text) is None


def is_own_text(content: bytes) -> bool:
    """Tell whether this is the content of a card of this program."""
    return _MARK.encode() in content


def write_card(path: Path, facts: CardFacts, schema: pa.Schema) -> None:
    """Write the card.

    Parameters
    ----------
    path : Path
        Its path, where `is_own_card` holds.
    facts : CardFacts
        What it says.
    schema : pyarrow.Schema
        The columns of the light curves.
    """
    mission = facts.mission.name
    title = f"{'Synthetic l' if facts.is_synthetic else 'L'}ight curves of {mission}"
    text = _TEXT.format(
        mark=_MARK,
        title=title,
        size=next((word for most, word in _SIZES if facts.n_stars < most), "10M<n<100M"),
        tag=mission.lower(),
        centroids=_CENTROIDS if facts.with_centroids else "",
        clock=_CLOCK if is_compact_schema(schema) else "",
        warning=_WARNING if facts.is_synthetic else "",
        mission=mission,
        authors=", ".join(facts.authors),
        archive=facts.archive or "an archive that no record names",
        synthetic="yes" if facts.is_synthetic else "no",
        when=_span(facts.times),
        version=__version__,
        chain=f"`{facts.chain}`" if facts.chain else "there is no manifest",
        columns="\n".join(_column_lines(schema)),
        n_stars=facts.n_stars,
        n_without=facts.n_without,
        n_points=facts.n_points,
    )
    write_atomically(path, text.encode())


def _span(times: Sequence[str]) -> str:
    if not times:
        return "no record says when"
    return f"{min(times)} to {max(times)}"


def _column_lines(schema: pa.Schema) -> list[str]:
    lines = []
    for field in schema:
        metadata = field.metadata or {}
        kind = str(field.type).replace("list<item: ", "list<")
        unit, meaning = (metadata.get(key, b"").decode() for key in (b"unit", b"description"))
        lines.append(f"| `{field.name}` | {kind} | {unit} | {meaning} |")
    return lines
