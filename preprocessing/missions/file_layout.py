"""How an author's files hold a light curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FileLayout", "FluxColumns"]


@dataclass(frozen=True)
class FluxColumns:
    """The columns of one kind of flux.

    Parameters
    ----------
    flux : str
    errors : tuple of str
        Columns of its error, of which a file has one; empty if the author gives none.
    sequence_numbers : range or None
        The quarters, campaigns or sectors of which files have it; None for all.
    """

    flux: str
    errors: tuple[str, ...] = ()
    sequence_numbers: range | None = None

    def is_in(self, sequence_number: int) -> bool:
        """Tell whether files of a quarter, campaign or sector have these columns."""
        return self.sequence_numbers is None or sequence_number in self.sequence_numbers


@dataclass(frozen=True)
class FileLayout:
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
    states_exposure : bool
        Whether what headers say of the time between two rows can be relied on.
    """

    table: str
    fluxes: Mapping[str, FluxColumns]
    extensions: tuple[str, ...] | None = None
    time: str = "TIME"
    cadenceno: str = "CADENCENO"
    quality: str | None = "QUALITY"
    centroids: tuple[str, str] | None = ("MOM_CENTR1", "MOM_CENTR2")
    is_double: bool = False
    states_exposure: bool = True


#: Of the missions' own files, and of those made by the same pipeline.
MISSION_FLUXES = {
    "pdcsap": FluxColumns("PDCSAP_FLUX", ("PDCSAP_FLUX_ERR",)),
    "sap": FluxColumns("SAP_FLUX", ("SAP_FLUX_ERR",)),
}
