"""Quality bitmasks of TESS by name."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["BITMASKS"]

#: `lightkurve.utils.TessQualityFlags` (2.6.0), bits as in the TESS Science Data Products
#: Description Document (EXP-TESS-ARC-ICD-TM-0014), table 28.
BITMASKS = MappingProxyType({"none": 0, "default": 17087, "hard": 24319, "hardest": 65535})
