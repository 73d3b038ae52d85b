"""How an author's files hold a light curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FluxColumns", "Layout"]


@dataclass(frozen=True)
class FluxColumns:
    """The columns of one kind of flux.

    Parameters
    ----------
    flux : str
    errors : tuple of str
        Columns of its error, of which a file has one; empty if the author gives none.
    """

    flux: str
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Names and columns in the files of one author.

    Parameters
    ----------
    table : str
        EXTNAME of the light curve, which is the first extension.
    fluxes : mapping of str to FluxColumns
        By what ``--flux`` calls them; the first is what lightkurve reads.
    extensions : tuple of str or None
        EXTNAMEs of all extensions; None if there are others, which differ.
    time, cadenceno : str
    quality : str or None
        None if the files have no flags.
    centroids : tuple of str or None
        Column and row on the detector.
    is_double : bool
        Whether flux is of 64 bits, not 32.
    """

    table: str
    fluxes: Mapping[str, FluxColumns]
    extensions: tuple[str, ...] | None = None
    time: str = "TIME"
    cadenceno: str = "CADENCENO"
    quality: str | None = "QUALITY"
    centroids: tuple[str, str] | None = ("MOM_CENTR1", "MOM_CENTR2")
    is_double: bool = False


#: Of the missions' own files, and of those made by the same pipeline.
MISSION_FLUXES = {
    "pdcsap": FluxColumns("PDCSAP_FLUX", ("PDCSAP_FLUX_ERR",)),
    "sap": FluxColumns("SAP_FLUX", ("SAP_FLUX_ERR",)),
}
