"""The archive simulator: a server on loopback that speaks MAST, for demo, tests and mirrors.

Import from its modules; only `synthetic_archive` stands here. A client needs only ``process``
and must not load the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preprocessing.simulator.synthetic import SyntheticArchive

__all__ = ["synthetic_archive"]


def synthetic_archive(
    stars: int = 20,
    *,
    k2_stars: int = 0,
    tess_stars: int = 0,
    seed: int = 0,
    survey: bool = False,
) -> SyntheticArchive:
    """Return an archive of stars that were never observed, to try the package without a network.

    Parameters
    ----------
    stars : int, optional
        Stars of Kepler.
    k2_stars, tess_stars : int, optional
        Stars of the other missions.
    seed : int, optional
        The same seed gives the same stars, to the bit.
    survey : bool, optional
        Let the stars of Kepler be a survey: kinds in the shares that catalogs have, and 2 % strange
        ones, with one quarter each.

    Returns
    -------
    SyntheticArchive
        A context manager; in a notebook, `start` and `stop` may stand in different cells.

    Examples
    --------
    ::

        from preprocessing import download
        from preprocessing.simulator import synthetic_archive

        with synthetic_archive(stars=20) as archive:
            download(archive.targets, "demo", archive=archive.base_url)
    """
    from preprocessing.simulator.synthetic import SyntheticArchive

    return SyntheticArchive(
        stars, k2_stars=k2_stars, tess_stars=tess_stars, seed=seed, survey=survey
    )
