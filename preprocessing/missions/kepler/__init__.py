"""The Kepler mission: its file names, observations, row counts and quality flags."""

from preprocessing.missions.kepler.file_names import (
    EXPOSURES_S,
    LONG_STAMPS,
    SHORT_STAMPS,
    alternative_products,
    kepler_product,
    nearest_stamp,
    parse_file_name,
    possible_products,
    stamp_time,
    star_folder,
)
from preprocessing.missions.kepler.mission import KEPLER
from preprocessing.missions.kepler.observations import expected_products, parse_observation_id
from preprocessing.missions.kepler.photometer import PHOTOMETER_LAYOUT, QUALITY_BITMASKS

__all__ = [
    "EXPOSURES_S",
    "KEPLER",
    "LONG_STAMPS",
    "PHOTOMETER_LAYOUT",
    "QUALITY_BITMASKS",
    "SHORT_STAMPS",
    "alternative_products",
    "expected_products",
    "kepler_product",
    "nearest_stamp",
    "parse_file_name",
    "parse_observation_id",
    "possible_products",
    "stamp_time",
    "star_folder",
]
