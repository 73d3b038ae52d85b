"""Quality bitmasks of TESS by name, and what its flags mean."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["BITMASKS", "FLAGS", "FLAG_NAMES"]

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

#: What each quality flag says: bits as in the same table.
FLAG_NAMES = MappingProxyType(
    {
        1: "attitude tweak",
        2: "safe mode",
        4: "coarse point",
        8: "earth point",
        16: "argabrightening",
        32: "desaturation",
        64: "cosmic ray in the aperture",
        128: "excluded by hand",
        256: "discontinuity",
        512: "impulsive outlier",
        1_024: "cosmic ray in collateral data",
        2_048: "stray light of Earth or Moon, predicted",
        4_096: "scattered light",
        8_192: "no planet search",
        16_384: "bad calibration",
        32_768: "too few stars to correct errors",
    }
)
