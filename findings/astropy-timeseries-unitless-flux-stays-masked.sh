#!/bin/sh
# astropy 8.0.2: TimeSeries.read(format="kepler.fits") hands over a flux without a unit as a masked
# column, and there is no plain way to write "relative flux, no unit" that it takes.
#
# Missing flux is NaN in light-curve files. A column with a unit arrives as a Quantity in which NaN is
# NaN. Normalized flux has none, so TUNIT is absent or blank: then it arrives as a MaskedColumn in which
# what was NaN is masked. TUNIT = "1" becomes an unrecognized unit, with a warning. "10**0", which the
# FITS standard allows, becomes a dimensionless Quantity. Seen: MaskedColumn, MaskedColumn,
# Quantity (UnrecognizedUnit), Quantity (dimensionless).
#
# Exits with a status other than zero if any of the four is read otherwise.
set -eu
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet astropy==8.0.2
env/bin/python -W ignore - <<'PYTHON'
import astropy
import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.timeseries import TimeSeries


def read(unit):
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2454833", array=[131.5, 131.6, 131.7]),
        fits.Column("FLUX", "E", unit=unit, array=[1.0, np.nan, 1.0]),
    ]
    primary = fits.PrimaryHDU()
    primary.header["TELESCOP"] = "Kepler"
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    cards = {"EXTVER": 1, "BJDREFI": 2454833, "BJDREFF": 0.0, "TIMEUNIT": "d", "TIMESYS": "TDB"}
    table.header.update(cards)
    fits.HDUList([primary, table]).writeto("star.fits", overwrite=True)
    return TimeSeries.read("star.fits", format="kepler.fits")["flux"]


found = {unit: read(unit) for unit in (None, "", "1", "10**0")}
for unit, flux in found.items():
    print("astropy", astropy.__version__, repr(unit), type(flux).__name__, repr(flux.unit))
for unit in (None, ""):
    assert type(found[unit]).__name__ == "MaskedColumn" and found[unit].mask.tolist() == [0, 1, 0]
assert isinstance(found["1"].unit, u.UnrecognizedUnit)
assert found["10**0"].unit == u.dimensionless_unscaled and np.isnan(found["10**0"].value[1])
PYTHON
