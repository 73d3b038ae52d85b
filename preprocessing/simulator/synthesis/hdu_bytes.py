"""The bytes of one FITS header and data unit, with its checksum if it has one."""

from __future__ import annotations

from collections.abc import Mapping

from preprocessing.fits.format import encode_checksum, ones_complement_sum, padded_size
from preprocessing.simulator.synthesis.header_template import HeaderTemplate, HeaderValue

__all__ = ["hdu_bytes"]

_CHECKSUM = "CHECKSUM"
_UNSIGNED = "0" * 16


def hdu_bytes(
    template: HeaderTemplate, values: Mapping[str, HeaderValue], content: bytes = b""
) -> tuple[bytes | bytearray, ...]:
    """Return a header, its data and their padding.

    Parameters
    ----------
    template : HeaderTemplate
        The header. If it has a CHECKSUM card, this function fills it in.
    values : mapping
        The value of each card that the template leaves open, by keyword.
    content : bytes, optional
        The data, without padding.

    Raises
    ------
    KeyError
        `values` lacks a keyword.
    ValueError
        A value is too long for its card.
    """
    header = template.fill({**values, _CHECKSUM: _UNSIGNED})
    if _CHECKSUM in template.keywords:
        total = ones_complement_sum(content, ones_complement_sum(memoryview(header)))
        start = header.rindex(_UNSIGNED.encode("ascii"))
        header[start : start + len(_UNSIGNED)] = encode_checksum(total).encode("ascii")
    return header, content, bytes(padded_size(len(content)) - len(content))
