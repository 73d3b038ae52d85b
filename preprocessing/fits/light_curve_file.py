"""Read an output of this program as numpy arrays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.errors import CorruptProduct, ProductError
from preprocessing.core.light_curve import LightCurve
from preprocessing.fits.format import ALL_ONES, Hdu, HeaderCards, ones_complement_sum, read_hdu
from preprocessing.fits.output_file import (
    check_account,
    file_records,
    mission_of_header,
    read_own_header,
    row_of,
)
from preprocessing.system.plain_files import open_without_waiting

__all__ = ["parse_light_curve", "read_light_curve"]

#: What CREATOR says in front of the version of this program.
_PROGRAM = "xenoscan LightCurve "


def read_light_curve(path: str | os.PathLike[str], *, verify: bool = False) -> LightCurve:
    """Read the light curve of one star from a FITS file that this program wrote.

    Parameters
    ----------
    path : path-like
        The file, such as ``lightcurves/KIC_757076.fits``.
    verify : bool, optional
        Also add up the checksum of every part of the file, which finds a single bit that
        changed. Without it, the structure alone is checked: that the file is whole, and that
        its table of files accounts for every point. It takes about half as long again.

    Returns
    -------
    LightCurve
        The arrays own their memory; the file may be replaced or removed at once.

    Raises
    ------
    CorruptProduct
        The file is damaged or cut off.
    UnreadableProduct
        The file is sound, as far as one can see, but this program did not write it: a file of
        the mission, for instance, or a text file.
    OSError
        The file cannot be opened or read; `FileNotFoundError` if there is none.

    Examples
    --------
    ::

        from preprocessing import read_light_curve

        star = read_light_curve("lightcurves/KIC_757076.fits")
        days, flux = star.time, star.flux
        print(star.name, len(star), star.header["TEFF"], star.files_missing)
    """
    with open(path, "rb", opener=open_without_waiting) as stream:
        body = stream.read()
    return parse_light_curve(body, Path(path), verify=verify)


def parse_light_curve(body: bytes, path: Path, *, verify: bool = False) -> LightCurve:
    """Read the light curve of one star from the content of its file.

    Parameters
    ----------
    body : bytes
        The whole content.
    path : Path
        The file.
    verify : bool, optional
        As in `read_light_curve`, which says what is raised.
    """
    try:
        return _light_curve(body, path, verify)
    except ProductError as error:
        raise type(error)(f"{path}: {error}") from error


def _light_curve(body: bytes, path: Path, verify: bool) -> LightCurve:
    primary, table, files = _units(body)
    if verify:
        _verify_checksums(body, (primary, table, files))
    header = primary.header
    mission = mission_of_header(header)
    records = file_records(body, files, mission)
    n_rows = table.header.integer("NAXIS2")
    check_account(header, records, n_rows)
    row = row_of(table.header, mission)
    rows = np.frombuffer(body, dtype=row, count=n_rows, offset=table.data_start)
    return LightCurve(
        time=_native(rows["TIME"]),
        flux=_native(rows["FLUX"]),
        flux_err=_native(rows["FLUX_ERR"]),
        quality=_native(rows[mission.quality_column]),
        cadence_number=_native(rows["CADENCENO"]),
        sequence_number=_native(rows[mission.sequence_keyword]),
        centroid_col=_native(rows["CENTROID_COL"]),
        centroid_row=_native(rows["CENTROID_ROW"]),
        name=header.text("OBJECT"),
        number=header.integer(mission.number_keyword),
        mission=mission.name,
        author=header.text("AUTHOR"),
        sequence=mission.sequence,
        cadence=header.text("OBSMODE").removesuffix(" cadence"),
        exposure_s=_number(header, "EXPTIME"),
        flux_column=header.text("FLUXCOL"),
        quality_bitmask=header.integer("QBITMASK"),
        bjd_reference=mission.bjd_reference,
        is_synthetic=header.get("SYNTHET") is not False,
        program_version=header.text("CREATOR").removeprefix(_PROGRAM),
        files=records,
        header=header.values(),
        path=path,
    )


def _units(body: bytes) -> tuple[Hdu, Hdu, Hdu]:
    """Return the header without data, the light curve, and the table of files."""
    primary = read_own_header(body)
    table = read_hdu(body, primary.end)
    files = read_hdu(body, table.end)
    if files.end != len(body):
        raise CorruptProduct(f"{len(body)} bytes, where the headers announce {files.end}")
    return primary, table, files


def _verify_checksums(body: bytes, units: tuple[Hdu, ...]) -> None:
    content = memoryview(body)
    for unit in units:
        if ones_complement_sum(content[unit.start : unit.end]) != ALL_ONES:
            raise CorruptProduct(f"the checksum of the part at byte {unit.start} is wrong")


def _native(column: NDArray[Any]) -> NDArray[Any]:
    """Return a copy of one column in this machine's byte order."""
    return column.astype(column.dtype.newbyteorder("="))


def _number(header: HeaderCards, keyword: str) -> float:
    value = header.get(keyword)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CorruptProduct(f"header card {keyword} is {value!r}, not a number")
    return float(value)
