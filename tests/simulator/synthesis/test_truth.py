"""The truth table says what was put into the stars."""

from __future__ import annotations

import csv
from pathlib import Path

from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.simulator.synthesis.truth import write_truth_table

HOLDINGS = SyntheticHoldings(60)


def test_a_row_for_every_star() -> None:
    """Rows come in the order of the stars, with the files that the stars have."""
    rows = HOLDINGS.truth()
    assert [row.number for row in rows] == list(HOLDINGS.star_keys())
    for row in rows:
        star = HOLDINGS.star(row.number)
        assert (row.name,) == star.names
        own = [product for product in star.products if product.author == row.mission]
        assert row.n_quarters == sum(p.cadence == "long" for p in own)
        assert len(row.short_months.split()) == sum(p.cadence == "short" for p in star.products)


def test_a_row_says_what_its_kind_does() -> None:
    """Only stars that transit or eclipse have periods, and only flare stars flares."""
    for row in HOLDINGS.truth():
        assert (row.period_d is not None) == (row.kind in ("planet", "eclipsing_binary"))
        assert (row.secondary_depth_ppm is not None) == (row.kind == "eclipsing_binary")
        assert (row.n_flares > 0) == (row.kind == "flare_star")


def test_the_table_is_written_as_csv(tmp_path: Path) -> None:
    """Numbers come back from the file as they were, None as an empty field."""
    rows = HOLDINGS.truth()
    write_truth_table(rows, tmp_path / "truth.csv")
    with (tmp_path / "truth.csv").open(newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        assert int(line["number"]) == row.number
        assert line["period_d"] == ("" if row.period_d is None else repr(row.period_d))
        assert line["teff_k"] == ("" if row.teff_k is None else repr(row.teff_k))
    assert any(row.teff_k is None for row in rows)
