"""One star at a time with astroquery: `query_criteria`, `get_product_list`, `download_products`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from astroquery.mast import Observations


def main(argv: Sequence[str]) -> int:
    """Download a list of stars.

    Parameters
    ----------
    argv : sequence of str
        A file with a KIC number a line, and the folder for the files.

    Returns
    -------
    int
        1 if the manifest says that a file did not come.
    """
    listed, output = Path(argv[0]), Path(argv[1])
    output.mkdir(exist_ok=True)
    failed = False
    for kic in listed.read_text().split():
        observations = Observations.query_criteria(
            target_name=f"kplr{int(kic):09d}", provenance_name="Kepler", t_exptime=[1700, 1900]
        )
        products = Observations.get_product_list(observations)
        curves = Observations.filter_products(products, productSubGroupDescription="LLC")
        manifest = Observations.download_products(curves, download_dir=str(output), verbose=False)
        failed |= any(row["Status"] != "COMPLETE" for row in manifest)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
