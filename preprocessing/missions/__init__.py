"""The missions: the one list of them, and of those who make their light curves.

Each mission has a folder of its own here, and nothing outside this package knows its name, its
files or its numbers; `registry` lists the missions.
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
    "mission_of",
    "parse_file_name",
]
