"""The archive's tables of observations and products: their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["DISTANCE", "OBSERVATION_COLUMNS", "PRODUCT_COLUMNS", "Column", "Row"]

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a table, as MAST describes it.

    Parameters
    ----------
    name : str
    type : {'string', 'float', 'int', 'boolean'}
        As MAST declares it: an identifier may be declared a string and hold integers.
    unit : str
        Empty if it has none.
    separator : str or None
        What parts the several values that one cell may hold.
    """

    name: str
    type: str
    unit: str = ""
    separator: str | None = None


#: Columns of a CAOM observation, in the order of astroquery's ``Observations``
#: (https://mast.stsci.edu/api/v0/_c_a_o_mfields.html).
OBSERVATION_COLUMNS: tuple[Column, ...] = (
    Column("intentType", "string"),
    Column("obs_collection", "string", separator=";"),
    Column("provenance_name", "string", separator=";"),
    Column("instrument_name", "string"),
    Column("project", "string", separator=";"),
    Column("filters", "string", separator=";"),
    Column("wavelength_region", "string", separator=";"),
    Column("target_name", "string"),
    Column("target_classification", "string", separator=";"),
    Column("obs_id", "string"),
    Column("s_ra", "float", "deg"),
    Column("s_dec", "float", "deg"),
    Column("dataproduct_type", "string"),
    Column("proposal_pi", "string"),
    Column("calib_level", "int"),
    Column("t_min", "float", "d"),
    Column("t_max", "float", "d"),
    Column("t_exptime", "float", "s"),
    Column("em_min", "float", "nm"),
    Column("em_max", "float", "nm"),
    Column("obs_title", "string"),
    Column("t_obs_release", "float", "d"),
    Column("proposal_id", "string"),
    Column("proposal_type", "string"),
    Column("sequence_number", "int"),
    Column("s_region", "string"),
    Column("jpegURL", "string"),
    Column("dataURL", "string"),
    Column("dataRights", "string"),
    Column("mtFlag", "boolean"),
    Column("srcDen", "float"),
    Column("obsid", "string"),
    Column("objID", "string"),
)

#: The column that only a search by position has: angular separation.
DISTANCE = Column("distance", "float", "arcsec")

#: Columns of a data product (https://mast.stsci.edu/api/v0/_productsfields.html).
PRODUCT_COLUMNS: tuple[Column, ...] = (
    Column("obsID", "string"),
    Column("obs_collection", "string"),
    Column("dataproduct_type", "string"),
    Column("obs_id", "string"),
    Column("description", "string"),
    Column("type", "string"),
    Column("dataURI", "string"),
    Column("productType", "string"),
    Column("productGroupDescription", "string"),
    Column("productSubGroupDescription", "string"),
    Column("productDocumentationURL", "string"),
    Column("project", "string"),
    Column("prvversion", "string"),
    Column("proposal_id", "string"),
    Column("productFilename", "string"),
    Column("size", "int"),
    Column("parent_obsid", "string"),
    Column("dataRights", "string"),
    Column("calib_level", "int"),
    Column("filters", "string"),
)
