"""The table and columns in which an author's files hold a light curve."""

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
        The column of the flux.
    errors : tuple of str
        Possible columns of its error, of which each file has one; empty if the author gives no
        errors.
    sequence_numbers : range or None
        The quarters, campaigns or sectors whose files have the flux; None for all.
    """

    flux: str
    errors: tuple[str, ...] = ()
    sequence_numbers: range | None = None

    def is_in(self, sequence_number: int) -> bool:
        """Tell whether the files of a quarter, campaign or sector have these columns.

        Parameters
        ----------
        sequence_number : int
            Quarter, campaign or sector.
        """
        return self.sequence_numbers is None or sequence_number in self.sequence_numbers


@dataclass(frozen=True)
class FileLayout:
    """Names of the tables and columns in the files of one author.

    Parameters
    ----------
    table : str
        EXTNAME of the light curve, which is the first extension.
    fluxes : mapping of str to FluxColumns
        Flux columns by their names in ``--flux``; lightkurve reads the first.
    extensions : tuple of str or None
        EXTNAMEs of all extensions; None if the others vary.
    time, cadenceno : str
        Columns of time and cadence number.
    quality : str or None
        Column of the quality flags; None if the files have none.
    centroids : tuple of str or None
        Columns of the centroid's column and row on the detector.
    is_double : bool
        Whether flux has 64 bits instead of 32.
    states_exposure : bool
        Whether the header's time between rows can be trusted.
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


#: Flux columns in the missions' own files, and in files made by the same pipeline.
MISSION_FLUXES = {
    "pdcsap": FluxColumns("PDCSAP_FLUX", ("PDCSAP_FLUX_ERR",)),
    "sap": FluxColumns("SAP_FLUX", ("SAP_FLUX_ERR",)),
}
