"""The columns of the archive's tables of observations and products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["DISTANCE", "OBSERVATION_COLUMNS", "PRODUCT_COLUMNS", "Row", "TableColumn"]

Row = dict[str, Any]


@dataclass(frozen=True)
class TableColumn:
    """One column of a table, as MAST describes it.

    Parameters
    ----------
    name : str
        The name in queries and answers.
    type : {'string', 'float', 'int', 'boolean'}
        The type that MAST declares. An identifier declared as a string may hold integers.
    unit : str
        The unit; empty if there is none.
    separator : str or None
        What separates the values in a cell that may hold several.
    """

    name: str
    type: str
    unit: str = ""
    separator: str | None = None


#: Columns of a CAOM observation, in the order of astroquery's ``Observations``
#: (https://mast.stsci.edu/api/v0/_c_a_o_mfields.html).
OBSERVATION_COLUMNS: tuple[TableColumn, ...] = (
    TableColumn("intentType", "string"),
    TableColumn("obs_collection", "string", separator=";"),
    TableColumn("provenance_name", "string", separator=";"),
    TableColumn("instrument_name", "string"),
    TableColumn("project", "string", separator=";"),
    TableColumn("filters", "string", separator=";"),
    TableColumn("wavelength_region", "string", separator=";"),
    TableColumn("target_name", "string"),
    TableColumn("target_classification", "string", separator=";"),
    TableColumn("obs_id", "string"),
    TableColumn("s_ra", "float", "deg"),
    TableColumn("s_dec", "float", "deg"),
    TableColumn("dataproduct_type", "string"),
    TableColumn("proposal_pi", "string"),
    TableColumn("calib_level", "int"),
    TableColumn("t_min", "float", "d"),
    TableColumn("t_max", "float", "d"),
    TableColumn("t_exptime", "float", "s"),
    TableColumn("em_min", "float", "nm"),
    TableColumn("em_max", "float", "nm"),
    TableColumn("obs_title", "string"),
    TableColumn("t_obs_release", "float", "d"),
    TableColumn("proposal_id", "string"),
    TableColumn("proposal_type", "string"),
    TableColumn("sequence_number", "int"),
    TableColumn("s_region", "string"),
    TableColumn("jpegURL", "string"),
    TableColumn("dataURL", "string"),
    TableColumn("dataRights", "string"),
    TableColumn("mtFlag", "boolean"),
    TableColumn("srcDen", "float"),
    TableColumn("obsid", "string"),
    TableColumn("objID", "string"),
)

#: The angular separation, a column that only searches by position return.
DISTANCE = TableColumn("distance", "float", "arcsec")

#: Columns of a data product (https://mast.stsci.edu/api/v0/_productsfields.html).
PRODUCT_COLUMNS: tuple[TableColumn, ...] = (
    TableColumn("obsID", "string"),
    TableColumn("obs_collection", "string"),
    TableColumn("dataproduct_type", "string"),
    TableColumn("obs_id", "string"),
    TableColumn("description", "string"),
    TableColumn("type", "string"),
    TableColumn("dataURI", "string"),
    TableColumn("productType", "string"),
    TableColumn("productGroupDescription", "string"),
    TableColumn("productSubGroupDescription", "string"),
    TableColumn("productDocumentationURL", "string"),
    TableColumn("project", "string"),
    TableColumn("prvversion", "string"),
    TableColumn("proposal_id", "string"),
    TableColumn("productFilename", "string"),
    TableColumn("size", "int"),
    TableColumn("parent_obsid", "string"),
    TableColumn("dataRights", "string"),
    TableColumn("calib_level", "int"),
    TableColumn("filters", "string"),
)
