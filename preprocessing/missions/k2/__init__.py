"""The K2 mission: its campaigns, file names, observations and authors."""

from preprocessing.missions.k2.community import EVEREST, K2SFF
from preprocessing.missions.k2.file_names import (
    CAMPAIGNS,
    k2_folder,
    k2_product,
    parse_file_name,
    possible_products,
    thousands_folder,
)
from preprocessing.missions.k2.mission import K2
from preprocessing.missions.k2.refused import K2SC, K2VARCAT

__all__ = [
    "CAMPAIGNS",
    "EVEREST",
    "K2",
    "K2SC",
    "K2SFF",
    "K2VARCAT",
    "k2_folder",
    "k2_product",
    "parse_file_name",
    "possible_products",
    "thousands_folder",
]
