#!/bin/sh
# lightkurve 2.6.0: of an EVEREST light curve, flux_column="fraw" or "fcor" changes nothing.
#
# EVEREST files have the columns FLUX (systematics removed), FRAW (as measured) and FCOR. Guessed: the
# reader's parameter flux_column chooses which becomes the light curve's flux, as for Kepler's files.
# Seen: flux is FLUX whatever is asked for, without a word, and the metadata FLUX_ORIGIN says "fraw".
# The reader adds a column "flux" from the one that is named only if the file has none of that name,
# and these files have. The values asked for are there under their own name, lc["fraw"]. (That its errors come with it alone is another finding.)
#
# Exits with a status other than zero if any of this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet lightkurve==2.6.0 astropy==8.0.2
env/bin/python -W ignore - <<'PYTHON'
import lightkurve
import numpy as np
from astropy.io import fits
from lightkurve.io.everest import read_everest_lightcurve

n = 50
values = {
    "CADN": ("J", np.arange(n)),
    "TIME": ("D", 2000.0 + np.arange(n) / 48),
    "FLUX": ("D", np.full(n, 100.0)),
    "FRAW": ("D", np.full(n, 200.0)),
    "FCOR": ("D", np.full(n, 300.0)),
    "FRAW_ERR": ("D", np.full(n, 1.0)),
    "QUALITY": ("J", np.zeros(n)),
}
table = fits.BinTableHDU.from_columns(
    [fits.Column(name, kind, array=array) for name, (kind, array) in values.items()],
    name="ARRAYS",
)
primary = fits.PrimaryHDU()
primary.header.update({"TELESCOP": "Kepler", "MISSION": "K2", "KEPLERID": 201367065})
fits.HDUList([primary, table]).writeto("everest.fits")
for asked in ("flux", "fraw", "fcor"):
    curve = read_everest_lightcurve("everest.fits", flux_column=asked, quality_bitmask="none")
    origin = curve.meta["FLUX_ORIGIN"]
    print("lightkurve", lightkurve.__version__, "asked for", asked, "got", curve.flux[0], origin)
    assert float(np.asarray(curve.flux)[0]) == 100.0
    assert origin == asked
    assert float(np.asarray(curve["fraw"])[0]) == 200.0
PYTHON
