"""Quality bitmasks of TESS by name, and what its flags mean."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["BITMASKS", "FLAGS"]

#: `lightkurve.utils.TessQualityFlags` (2.6.0), bits as in the TESS Science Data Products
#: Description Document (EXP-TESS-ARC-ICD-TM-0014), table 28.
BITMASKS = MappingProxyType({"none": 0, "default": 17087, "hard": 24319, "hardest": 65535})

#: What the spacecraft and the detectors did: `lightkurve.utils.TessQualityFlags` (2.6.0), bits as
#: in the same table. Flags of single outliers and of cosmic rays say nothing of the instrument.
FLAGS = MappingProxyType(
    {
        "attitude_tweak": 1,
        "safe_mode": 2,
        "coarse_point": 4,
        "earth_point": 8,
        "argabrightening": 16,
        "desaturation": 32,
        "discontinuity": 256,
        "scattered_light": 2_048 | 4_096,
        "bad_calibration": 16_384,
    }
)
