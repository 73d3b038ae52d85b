"""Where a star falls on Kepler's CCDs: sky groups, channels, modules and outputs."""

from __future__ import annotations

import math

from preprocessing.simulator.synthesis.mission_calendar import season_of

__all__ = ["MODULE_3_SKYGROUPS", "N_SKYGROUPS", "channel_of", "module_output", "sky_position"]

#: CCD modules form five rows of five; the corners hold guide sensors.
_MODULES = tuple(m for m in range(1, 26) if m not in (1, 5, 21, 25))
_CENTER = 13

#: A sky group has the number of the channel that it falls on in season 2; a module has four.
N_SKYGROUPS = 4 * len(_MODULES)
#: Sky groups that fall on module 3 in season 2. The module failed in Q4, which is season 2.
MODULE_3_SKYGROUPS = range(5, 9)

#: The middle of the field of view, and the step from one column of modules to the next in
#: degrees east and north. Fitted to SKYGROUP, RA_OBJ and DEC_OBJ of eight stars in the
#: mission's DR25 files (residual 0.7 degrees).
_FIELD_RA_DEG = 290.667
_FIELD_DEC_DEG = 44.5
_COLUMN_EAST_DEG = -2.267
_COLUMN_NORTH_DEG = -1.532
#: Half a module's side, in steps between modules.
_HALF_MODULE = 0.42


def channel_of(skygroup: int, quarter: int) -> int:
    """Return the CCD channel, 1 to 84, that a sky group falls on.

    The field turns by 90 degrees from season to season. Every module but the central
    one keeps its outputs; the outputs of the central module turn with the field.

    Parameters
    ----------
    skygroup : int
        1 to 84.
    quarter : int
        Quarter of the Kepler mission, 0 to 17, or campaign of K2.

    Examples
    --------
    KIC 8644288 and KIC 11442793, as their files of Q2, Q3, Q4 and Q5 say:

    >>> [channel_of(54, quarter) for quarter in (2, 3, 4, 5)]
    [30, 2, 54, 82]
    >>> [channel_of(7, quarter) for quarter in (3, 4, 5)]
    [51, 7, 35]
    """
    index, output = divmod(skygroup - 1, 4)
    module = _MODULES[index]
    turns = (season_of(quarter) - 2) % 4
    if module == _CENTER:
        output = (output + turns) % 4
    row, column = divmod(module - 1, 5)
    for _ in range(turns):
        row, column = 4 - column, row
    return 4 * _MODULES.index(5 * row + column + 1) + output + 1


def module_output(channel: int) -> tuple[int, int]:
    """Return the CCD module and the output of a channel.

    Parameters
    ----------
    channel : int
        1 to 84.

    Examples
    --------
    >>> module_output(82), module_output(7)
    ((24, 2), (3, 3))
    """
    index, output = divmod(channel - 1, 4)
    return _MODULES[index], output + 1


def sky_position(skygroup: int, along: float, across: float) -> tuple[float, float]:
    """Return a position within a sky group.

    Parameters
    ----------
    skygroup : int
        1 to 84.
    along, across : float
        Position within the sky group's quarter of the module, from 0 to 1 along its rows and
        across them.

    Returns
    -------
    ra_deg, dec_deg : float
        Right ascension and declination (ICRS), in degrees.
    """
    index, output = divmod(skygroup - 1, 4)
    row, column = divmod(_MODULES[index] - 1, 5)
    right, down = column - 2 + _HALF_MODULE * (along - output % 2), row - 2.0
    down += _HALF_MODULE * (across - output // 2)
    east = _COLUMN_EAST_DEG * right - _COLUMN_NORTH_DEG * down
    north = _COLUMN_EAST_DEG * down + _COLUMN_NORTH_DEG * right
    dec_deg = _FIELD_DEC_DEG + north
    return _FIELD_RA_DEG + east / math.cos(math.radians(dec_deg)), dec_deg
