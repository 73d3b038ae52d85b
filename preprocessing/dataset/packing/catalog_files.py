"""Make a folder of Parquet files a HATS catalog, and remove files that are not part of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.core.packed_folder import partition_files, partitions_of, properties_path
from preprocessing.dataset.packing.state import OWN_CATALOG
from preprocessing.missions import Mission
from preprocessing.system.atomic import make_folder, replacing, write_atomically
from preprocessing.tables.light_curves import HEALPIX
from preprocessing.tables.parquet_files import write_common_metadata
from preprocessing.tables.sky_cells import FINEST_ORDER, MOST_STARS, Cell

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["remove_others", "write_catalog_files"]

#: The square degrees of the sky are 12 cells of order 0.
_CELLS_OF_ORDER_0 = 12


def write_catalog_files(
    catalog: Path, name: str, schema: pa.Schema, cells: Sequence[Cell], n_stars: int
) -> None:
    """Write ``hats.properties``, ``partition_info.csv`` and ``_common_metadata``.

    Parameters
    ----------
    catalog : Path
        The folder of the catalog.
    name : str
        What the catalog is called.
    schema : pyarrow.Schema
        The schema of its files.
    cells : sequence of Cell
        Every cell that holds stars.
    n_stars : int
        How many rows it has.

    Raises
    ------
    OSError
        The file system cannot write.
    """
    make_folder(partitions_of(catalog))
    lines = ["Norder,Npix", *(f"{cell.order},{cell.number}" for cell in cells)]
    write_atomically(catalog / "partition_info.csv", _text(lines))
    with replacing(partitions_of(catalog) / "_common_metadata") as stream:
        write_common_metadata(stream, schema)
    # No time of writing, which HATS suggests: equal stars must give equal bytes.
    size = sum((partitions_of(catalog) / cell.file).stat().st_size for cell in cells)
    sky = sum(1 / (_CELLS_OF_ORDER_0 * 4**cell.order) for cell in cells)
    properties = [
        "#HATS catalog",
        f"obs_collection={name}",
        "dataproduct_type=object",
        f"hats_nrows={n_stars}",
        "hats_col_ra=ra",
        "hats_col_dec=dec",
        f"hats_col_healpix={HEALPIX}",
        f"hats_col_healpix_order={FINEST_ORDER}",
        f"hats_max_rows={MOST_STARS}",
        f"hats_order={max(cell.order for cell in cells)}",
        f"hats_estsize={-(-size // 1000)}",
        "hats_npix_suffix=.parquet",
        f"moc_sky_fraction={sky!r}",
        "hats_version=v1.0",
        OWN_CATALOG,
    ]
    write_atomically(properties_path(catalog), _text(properties))


def catalog_name(mission: Mission, what: str) -> str:
    """Return the name of a catalog, as LSDB shows it.

    Examples
    --------
    >>> from preprocessing.missions import DEFAULT_MISSION, MISSIONS
    >>> catalog_name(MISSIONS[DEFAULT_MISSION], "lightcurves").endswith("_lightcurves")
    True
    """
    return f"{mission.name.lower()}_{what}"


def remove_others(catalog: Path, cells: Collection[Cell]) -> None:
    """Remove the Parquet files of a catalog that hold no cell of its own: larger cells, divided.

    Parameters
    ----------
    catalog : Path
        The folder of the catalog.
    cells : collection of Cell
        Every cell that holds stars.
    """
    own = {partitions_of(catalog) / cell.file for cell in cells}
    for path in partition_files(catalog):
        if path not in own:
            path.unlink()
            for folder in path.parents[:2]:
                if not any(folder.iterdir()):
                    folder.rmdir()


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
