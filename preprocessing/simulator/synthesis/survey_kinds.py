"""What kind of star each one of a survey is: the shares that catalogs have, and strange ones."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from types import MappingProxyType

__all__ = ["KNOWN_SHARES", "PULSATORS", "STRANGE", "survey_kind"]

#: How many of each hundred stars are of each kind. Rotators: 34,030 of 133,030 dwarfs (McQuillan
#: et al. 2014, ApJS 211, 24). Binaries: 2,878 of 200,000 stars (Kirk et al. 2016, AJ 151, 68), and
#: those that the catalog lacks. Hosts: some 4,000 of 200,000 (Thompson et al. 2018, ApJS 235, 38).
_PULSATING, _STRANGE = "pulsating", "strange"
_OF_A_HUNDRED = MappingProxyType(
    {
        "quiet": 50,
        "m_dwarf": 5,
        "giant": 8,
        "flare_star": 4,
        "rotator": 25,
        "planet": 2,
        "eclipsing_binary": 1,
        "contact_binary": 1,
        _PULSATING: 2,
        _STRANGE: 2,
    }
)
_BLOCK = 100
assert sum(_OF_A_HUNDRED.values()) == _BLOCK

#: The kinds of pulsating and of strange stars, in turn.
PULSATORS = ("delta_scuti", "gamma_doradus", "delta_scuti", "gamma_doradus", "rr_lyrae")
STRANGE = ("dipper", "exocomet", "slow_fade", "odd_eclipses", "outburst")
_IN_TURN = {_PULSATING: PULSATORS, _STRANGE: STRANGE}

#: Which share of each kind the published tables have. Of real ones it is known of planets alone
#: (Thompson et al. 2018: above 85 % below 100 d); these are as large.
KNOWN_SHARES = MappingProxyType(
    {
        "rotator": 0.85,
        "flare_star": 0.85,
        "planet": 0.85,
        "eclipsing_binary": 0.95,
        "contact_binary": 0.95,
    }
)


def survey_kind(seed: int, index: int) -> str:
    """Return the kind of one star of a survey.

    Each hundred stars have the shares exactly, in an order of their own.

    Parameters
    ----------
    seed : int
        The survey's seed.
    index : int
        The star's position in the survey, from 0.
    """
    block, place = divmod(index, _BLOCK)
    return _kinds(seed, block)[place]


@lru_cache(maxsize=1024)
def _kinds(seed: int, block: int) -> tuple[str, ...]:
    kinds: list[str] = []
    for kind, count in _OF_A_HUNDRED.items():
        turn = _IN_TURN.get(kind, (kind,))
        kinds += (turn[(block * count + i) % len(turn)] for i in range(count))
    Random(f"{seed} survey {block} kinds").shuffle(kinds)
    return tuple(kinds)
