"""What a PNG file holds of a picture."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from preprocessing.report.png import png


def test_pixels_come_back() -> None:
    """What a reader of PNG files decodes are the pixels, and every checksum is right."""
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4)).astype(np.uint8)
    content = png(pixels)
    chunks, at = {}, 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", content[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(kind + body)
        chunks[kind] = body
        at += 12 + length
    assert chunks[b"IHDR"] == struct.pack(">2I5B", 7, 5, 8, 6, 0, 0, 0)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(5, 1 + 7 * 4)
    assert not lines[:, 0].any()
    assert (lines[:, 1:].reshape(pixels.shape) == pixels).all()
