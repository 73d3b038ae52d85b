"""The table and columns in which an author's files hold a light curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from preprocessing.core.product import Product

__all__ = ["IDENTITY_CARDS", "MISSION_FLUXES", "FileLayout", "FluxColumns"]

#: Cards that say which file it is and from when to when it lasts. The missions' own pipelines
#: write all of them.
IDENTITY_CARDS = frozenset(
    {"QUARTER", "CAMPAIGN", "SECTOR", "OBSMODE", "BJDREFI", "TSTART", "TSTOP"}
)


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
    variant : str or None
        The variant of the files that have the flux: `Product.variant`; None for all.
    error_of : str or None
        The column of the flux whose error the files give; this flux then has the same relative
        error. None if the error is its own.
    """

    flux: str
    errors: tuple[str, ...] = ()
    sequence_numbers: range | None = None
    variant: str | None = None
    error_of: str | None = None

    def is_in(self, product: Product) -> bool:
        """Tell whether a file has these columns.

        Parameters
        ----------
        product : Product
            The file.
        """
        numbers = self.sequence_numbers
        return (numbers is None or product.sequence_number in numbers) and (
            self.variant in (None, product.variant)
        )


@dataclass(frozen=True)
class FileLayout:
    """Names of the tables and columns in the files of one author, and what the files lack.

    Parameters
    ----------
    table : str or None
        EXTNAME of the light curve, which is the first extension; None if it varies.
    fluxes : mapping of str to FluxColumns
        Flux columns by their names in ``--flux``; lightkurve reads the first.
    extensions : tuple of str or None
        EXTNAMEs of all extensions; None if the others vary.
    time : str
        Column of the time.
    time_offset_d : float
        Days to add to the column so that it counts from the mission's reference.
    time_correction : str or None
        Column of light's travel time, in days: by how much the time is ahead of the spacecraft's
        clock. None if the files have none.
    cadenceno : str or None
        Column of the cadence number; None if the files have none.
    counts_cadences : bool
        Whether those numbers rise from row to row. Otherwise times alone show the order.
    quality : str or None
        Column of the quality flags; None if the files have none.
    centroids : tuple of str or None
        Columns of the centroid's column and row on the detector.
    is_double : bool
        Whether flux has 64 bits instead of 32, at least in some files.
    states_exposure : bool
        Whether the header's time between rows can be trusted.
    number_keyword : str or None
        Header keyword of the star's number; None if it is the mission's.
    number_type : type
        How the header writes that number: `int`, or `str` for text.
    may_lack : frozenset of str
        Cards of `IDENTITY_CARDS` that a file need not have. Those it has are checked.
    has_checksums : bool
        Whether CHECKSUM cards, where there are any, are of this file and not of its source.
    repeats_times : bool
        Whether rows without a time of their own may repeat that of the nearest row with one.
    repeats_cards : frozenset of str
        Keywords that a header may have twice; the first card counts.
    star_cards : mapping of str to str
        Keywords of the mission's cards about the star that the files spell otherwise; empty for
        those that are there but say nothing.
    """

    table: str | None
    fluxes: Mapping[str, FluxColumns]
    extensions: tuple[str, ...] | None = None
    time: str = "TIME"
    time_offset_d: float = 0.0
    time_correction: str | None = None
    cadenceno: str | None = "CADENCENO"
    counts_cadences: bool = True
    quality: str | None = "QUALITY"
    centroids: tuple[str, str] | None = ("MOM_CENTR1", "MOM_CENTR2")
    is_double: bool = False
    states_exposure: bool = True
    number_keyword: str | None = None
    number_type: type[int] | type[str] = int
    may_lack: frozenset[str] = frozenset()
    has_checksums: bool = True
    repeats_times: bool = False
    repeats_cards: frozenset[str] = frozenset()
    star_cards: Mapping[str, str] = field(default_factory=dict)


#: Flux columns in the missions' own files, and in files made by the same pipeline.
MISSION_FLUXES = {
    "pdcsap": FluxColumns("PDCSAP_FLUX", ("PDCSAP_FLUX_ERR",)),
    "sap": FluxColumns("SAP_FLUX", ("SAP_FLUX_ERR",)),
}
