"""The TESS mission: its sectors, file names, observations and authors."""

from preprocessing.missions.tess.community import QLP, SPOC_LAYOUT, TESS_SPOC
from preprocessing.missions.tess.file_names import parse_file_name
from preprocessing.missions.tess.mission import TESS
from preprocessing.missions.tess.observations import parse_observation_id
from preprocessing.missions.tess.tglc import TGLC

__all__ = [
    "QLP",
    "SPOC_LAYOUT",
    "TESS",
    "TESS_SPOC",
    "TGLC",
    "parse_file_name",
    "parse_observation_id",
]
