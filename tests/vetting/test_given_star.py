"""What a star's files say of it is taken as far as it can be."""

from __future__ import annotations

from pathlib import Path

from preprocessing.dataset.opening import open_dataset
from preprocessing.vetting.table.given_star import parameters_of
from tests.support.feature_stars import write_month, write_stars


def test_parameters_that_are_none(tmp_path: Path) -> None:
    """A radius and a temperature of zero are not known, and a magnitude of zero is."""
    places = write_stars(tmp_path, ())
    write_month(places.lightcurves, 757076, n=50, RADIUS=0.0, TEFF=0, KEPMAG=0.0, LOGG=4.5)
    assert parameters_of(open_dataset(tmp_path)["KIC 757076"]) == {"logg": 4.5, "magnitude": 0.0}
