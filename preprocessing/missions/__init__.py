"""Everything that depends on a mission: names, files, numbers, and the authors of light curves.

Each mission has its own folder here, and `registry` lists them. No other package knows the name,
the files or the numbers of a mission.
"""

from __future__ import annotations

from preprocessing.core.product import FAST, LONG, SHORT, Product
from preprocessing.missions.author import Author
from preprocessing.missions.mission import Mission
from preprocessing.missions.registry import (
    DEFAULT_MISSION,
    MISSIONS,
    alternative_products,
    author_of,
    find_mission,
    is_other_product,
    label_and_sort_key,
    mission_of,
    parse_file_name,
)

__all__ = [
    "DEFAULT_MISSION",
    "FAST",
    "LONG",
    "MISSIONS",
    "SHORT",
    "Author",
    "Mission",
    "Product",
    "alternative_products",
    "author_of",
    "find_mission",
    "is_other_product",
    "label_and_sort_key",
    "mission_of",
    "parse_file_name",
]
