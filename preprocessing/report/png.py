"""Pictures as PNG files, from arrays of pixels, without a library for plots."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["png"]

#: The first bytes, bits a channel, and kinds of pixel by number of channels: W3C Portable Network
#: Graphics (third edition), sections 5.2 and 11.2.1.
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BITS = 8
_KINDS = {1: 0, 3: 2, 4: 6}


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture as a PNG file.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, channels)
        One channel is gray, three are red, green and blue, and a fourth is opacity.

    Examples
    --------
    >>> png(np.zeros((2, 3, 4), np.uint8))[1:4]
    b'PNG'
    """
    height, width, channels = pixels.shape
    header = struct.pack(">2I5B", width, height, _BITS, _KINDS[channels], 0, 0, 0)
    # Each line begins with its filter: 0, none.
    lines = np.zeros((height, 1 + width * channels), np.uint8)
    lines[:, 1:] = pixels.reshape(height, -1)
    content = zlib.compress(lines.tobytes())
    parts = ((b"IHDR", header), (b"IDAT", content), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
