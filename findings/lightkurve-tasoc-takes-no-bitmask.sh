#!/bin/sh
# lightkurve 2.6.0: for TASOC light curves quality_bitmask is accepted and does nothing.
#
# The readers of the missions' own files drop flagged rows. The one of TASOC takes the argument and
# never looks at it: "none" and "hardest" give the same rows, whatever their flags.
# Seen: 50 of 50 rows with either mask, ten of them flagged.
#
# Exits with a status other than zero if a mask drops rows.
set -eu
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet lightkurve==2.6.0 astropy==8.0.2
env/bin/python -W ignore - <<'PYTHON'
import numpy as np
from astropy.io import fits
from lightkurve import __version__, read

n = 50
quality = np.zeros(n, int)
quality[10:20] = 2
columns = [
    fits.Column("TIME", "D", unit="BJD - 2457000, days", array=1325 + 0.0208 * np.arange(n)),
    fits.Column("FLUX_RAW", "D", unit="e-/s", array=np.full(n, 1000.0)),
    fits.Column("FLUX_CORR", "D", unit="ppm", array=np.linspace(-50.0, 150.0, n)),
    fits.Column("FLUX_CORR_ERR", "D", unit="ppm", array=np.full(n, 3.0)),
    fits.Column("QUALITY", "J", array=quality),
]
primary = fits.PrimaryHDU()
primary.header["TELESCOP"] = "TESS"
primary.header["ORIGIN"] = "TASOC/Aarhus"
primary.header["TICID"] = 1
table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
table.header["BJDREFI"] = 2457000
fits.HDUList([primary, table]).writeto("tasoc.fits")
curves = {mask: read("tasoc.fits", quality_bitmask=mask) for mask in ("none", "hardest")}
rows = {mask: len(curve) for mask, curve in curves.items()}
flagged = int((np.asarray(curves["hardest"]["quality"]) != 0).sum())
print("lightkurve", __version__, rows, "flagged:", flagged)
assert rows == {"none": n, "hardest": n} and flagged == 10
PYTHON
