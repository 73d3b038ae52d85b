"""Make a folder of Parquet files a HATS catalog: the files about the whole of it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.core.packed_folder import partition_files, partitions_of, properties_path
from preprocessing.dataset.packing.file_list import ListedFile, file_list_text, list_path, listed
from preprocessing.dataset.packing.state import OWN_CATALOG
from preprocessing.missions import Mission
from preprocessing.system.atomic import make_folder, write_atomically
from preprocessing.tables.light_curves import HEALPIX
from preprocessing.tables.parquet_files import write_common_metadata
from preprocessing.tables.sky_cells import FINEST_ORDER, MOST_STARS, Cell

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "catalog_files",
    "catalog_name",
    "damaged_catalog_files",
    "remove_others",
    "write_catalog_files",
]

#: The square degrees of the sky are 12 cells of order 0.
_CELLS_OF_ORDER_0 = 12
#: What the properties say of other files, and of the lines above.
_DIGEST_OF, _DIGEST_ABOVE = "xenoscan_sha256_of_", "xenoscan_sha256_above="


def catalog_files(
    catalog: Path,
    name: str,
    schema: pa.Schema,
    files: Mapping[Cell, ListedFile],
    n_stars: int,
    beside: Mapping[Path, str],
) -> dict[Path, bytes]:
    """Return what the files about a catalog hold: list, schema and properties.

    Parameters
    ----------
    catalog : Path
        The folder of the catalog.
    name : str
        What the catalog is called.
    schema : pyarrow.Schema
        The schema of its files.
    files : mapping of Cell to ListedFile
        The file of every cell that holds stars.
    n_stars : int
        How many rows it has.
    beside : mapping of Path to str
        Digests of files about the whole data set, which have no other place.
    """
    # No time of writing, which HATS suggests: equal stars must give equal bytes.
    size = sum(file.bytes for file in files.values())
    sky = sum(1 / (_CELLS_OF_ORDER_0 * 4**cell.order) for cell in files)
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
        f"hats_order={max(cell.order for cell in files)}",
        f"hats_estsize={-(-size // 1000)}",
        "hats_npix_suffix=.parquet",
        f"moc_sky_fraction={sky!r}",
        "hats_version=v1.0",
        OWN_CATALOG,
    ]
    common = io.BytesIO()
    write_common_metadata(common, schema)
    contents = {
        list_path(catalog): file_list_text(files),
        partitions_of(catalog) / "_common_metadata": common.getvalue(),
    }
    digests = {**{path: _sha256(content) for path, content in contents.items()}, **beside}
    properties += [f"{_DIGEST_OF}{path.stem}={digest}" for path, digest in digests.items()]
    text = "".join(f"{line}\n" for line in properties).encode()
    text += f"{_DIGEST_ABOVE}{_sha256(text)}\n".encode()
    return {**contents, properties_path(catalog): text}


def damaged_catalog_files(catalog: Path, beside: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each file about a catalog whose digest is wrong, and what is wrong with it.

    Parameters
    ----------
    catalog : Path
        The folder of the catalog.
    beside : sequence of Path
        Files about the whole data set, whose digests the properties have too.
    """
    properties = properties_path(catalog)
    try:
        text = properties.read_bytes()
    except OSError as error:
        yield properties, f"cannot be read: {error.strerror}"
        return
    above, _, stated = text.rpartition(_DIGEST_ABOVE.encode())
    if stated.decode("ascii", "replace").rstrip("\n") != _sha256(above):
        yield properties, "is not as it was written"
        return
    lines = dict(line.split("=", 1) for line in above.decode().splitlines() if "=" in line)
    for path in (list_path(catalog), partitions_of(catalog) / "_common_metadata", *beside):
        try:
            digest = listed(path).sha256
        except OSError as error:
            yield path, f"cannot be read: {error.strerror}"
            continue
        if lines.get(f"{_DIGEST_OF}{path.stem}") != digest:
            yield path, "is not as it was written"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_catalog_files(catalog: Path, contents: Mapping[Path, bytes]) -> None:
    """Write the files about a catalog.

    Parameters
    ----------
    catalog : Path
        The folder of the catalog.
    contents : mapping of Path to bytes
        What `catalog_files` returns. The last makes the folder a catalog.

    Raises
    ------
    OSError
        The file system cannot write.
    """
    make_folder(partitions_of(catalog))
    for path, content in contents.items():
        write_atomically(path, content)


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
