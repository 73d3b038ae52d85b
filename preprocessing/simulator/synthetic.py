"""An archive of synthetic stars that notebooks and scripts start in one line."""

from __future__ import annotations

from preprocessing.missions.star_keys import mission_of_key
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["SyntheticArchive"]


class SyntheticArchive(ArchiveThread):
    """An archive of stars that were never observed, in a thread of this process.

    Made by `preprocessing.simulator.synthetic_archive`.

    Parameters
    ----------
    stars, k2_stars, tess_stars : int
        Stars of Kepler, K2 and TESS.
    seed : int, optional
        The same seed gives the same stars, to the bit.
    survey : bool, optional
        Let the stars of Kepler be a survey: see `SyntheticHoldings`.

    Attributes
    ----------
    holdings : SyntheticHoldings
        The stars: `SyntheticHoldings.truth` says what was put into each.
    targets : list of str
        Their names: ``KIC 900000001`` and so on.
    """

    def __init__(
        self,
        stars: int,
        *,
        k2_stars: int = 0,
        tess_stars: int = 0,
        seed: int = 0,
        survey: bool = False,
    ) -> None:
        self.holdings = SyntheticHoldings(
            stars, seed, k2_stars=k2_stars, tess_stars=tess_stars, survey=survey
        )
        super().__init__(self.holdings)
        found = map(mission_of_key, self.holdings.star_keys())
        self.targets = [f"{mission.catalog} {number}" for mission, number in found]

    def __repr__(self) -> str:
        return f"<SyntheticArchive of {len(self.targets)} stars at {self.base_url or 'rest'}>"

    def start(self) -> SyntheticArchive:
        """Start the server, whose address is then `base_url`; return the archive."""
        self.__enter__()
        return self

    def stop(self) -> None:
        """Stop the server."""
        self.__exit__(None, None, None)

    def __enter__(self) -> SyntheticArchive:
        super().__enter__()
        return self
