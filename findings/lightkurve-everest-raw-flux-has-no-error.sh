#!/bin/sh
# lightkurve 2.6.0: an EVEREST light curve has an error only when the raw flux is asked for.
#
# EVEREST files give one error column, FRAW_ERR, which serves the raw and the corrected flux alike
# (de-trending leaves the errors as they are). lightkurve looks for the error under the name of the
# chosen column plus "_err": with the default column, flux, it finds none, and every error is NaN;
# with flux_column="fraw" the errors are there. Seen: NaN against 3.0 for the same file.
#
# Exits with a status other than zero if the two columns come with the same errors some day.
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
columns = [
    fits.Column("CADN", "J", array=np.arange(n)),
    fits.Column("FLUX", "E", array=np.full(n, 1000.0)),
    fits.Column("FRAW", "E", array=np.full(n, 2000.0)),
    fits.Column("FRAW_ERR", "E", array=np.full(n, 3.0)),
    fits.Column("QUALITY", "J", array=np.zeros(n)),
    fits.Column("TIME", "D", unit="BJD - 2454833", array=2144 + 0.0204 * np.arange(n)),
]
primary = fits.PrimaryHDU()
primary.header["TELESCOP"] = "Kepler"
primary.header["MISSION"] = "K2"
primary.header["KEPLERID"] = 200000000
primary.header["COMMENT"] = "EVEREST pipeline"
table = fits.BinTableHDU.from_columns(columns)
table.header["BJDREFI"] = 2454833
fits.HDUList([primary, table]).writeto("everest.fits")
errors = {name: read("everest.fits", flux_column=name).flux_err for name in ("flux", "fraw")}
print("lightkurve", __version__, {name: float(e[0].value) for name, e in errors.items()})
assert np.isnan(errors["flux"]).all()
assert (errors["fraw"].value == 3.0).all()
PYTHON
