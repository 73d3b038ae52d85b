"""When K2 observed: the first and last day of each campaign."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from types import MappingProxyType

from preprocessing.missions.k2.splits import HALVES, whole_campaign

__all__ = ["CAMPAIGN_DAYS", "CAMPAIGN_FOLDER", "campaign_mjd", "nearest_half"]

#: Names of the folders of campaigns in trees of files.
CAMPAIGN_FOLDER = re.compile(r"c(\d{1,3})", re.ASCII)

#: Start and end (UTC) of each campaign, by its number in file names. Values to the second are from
#: light curves (DATE-OBS and DATE-END of mission files; K2 data release notes for C13 and C19).
#: Values to the day are from the pointing
#: (https://keplergo.github.io/KeplerScienceWebsite/k2-fields.html; C10 and C11 divided as in the
#: release notes).
CAMPAIGN_DAYS = MappingProxyType(
    {
        0: ("2014-03-08", "2014-05-27"),
        1: ("2014-05-30", "2014-08-21"),
        2: ("2014-08-23", "2014-11-13"),
        3: ("2014-11-15T14:06:05", "2015-01-23T18:37:04"),
        4: ("2015-02-08T06:50:09", "2015-04-20T04:32:47"),
        5: ("2015-04-27T02:18:12", "2015-07-10T22:39:44"),
        6: ("2015-07-14", "2015-09-30"),
        7: ("2015-10-04", "2015-12-26"),
        8: ("2016-01-03", "2016-03-23"),
        91: ("2016-04-22T14:04:59", "2016-05-18T22:42:26"),
        92: ("2016-05-22T14:58:45", "2016-07-02T22:34:52"),
        101: ("2016-07-06", "2016-07-13"),
        102: ("2016-07-14", "2016-09-20"),
        111: ("2016-09-24", "2016-10-18"),
        112: ("2016-10-21", "2016-12-08"),
        12: ("2016-12-15", "2017-03-04"),
        13: ("2017-03-08T01:35:06", "2017-05-27T15:44:53"),
        14: ("2017-05-31", "2017-08-19"),
        15: ("2017-08-23", "2017-11-20"),
        16: ("2017-12-07", "2018-02-25"),
        17: ("2018-03-01", "2018-05-08"),
        18: ("2018-05-12", "2018-07-02"),
        19: ("2018-08-30T15:17:05", "2018-09-26T00:23:59"),
    }
)

_MJD_ZERO = datetime(1858, 11, 17)


@cache
def campaign_mjd(campaign: int) -> tuple[float, float]:
    """Return the start and the end of a campaign as Modified Julian Dates.

    Parameters
    ----------
    campaign : int
        The campaign's number in file names.

    Examples
    --------
    >>> [round(mjd, 1) for mjd in campaign_mjd(3)]
    [56976.6, 57045.8]
    """
    start, end = CAMPAIGN_DAYS[campaign]
    return _mjd(start), _mjd(end)


def nearest_half(campaign: int, end_mjd: float) -> int:
    """Return the half of a campaign whose light curves end nearest to a time.

    Parameters
    ----------
    campaign : int
        Either half: 91, 92, 101 and so on.
    end_mjd : float
        The time, as a Modified Julian Date.

    Examples
    --------
    >>> nearest_half(91, 57571.9)
    92
    """
    halves = HALVES[whole_campaign(campaign)]
    return min(halves, key=lambda half: abs(campaign_mjd(half)[1] - end_mjd))


def _mjd(date: str) -> float:
    return (datetime.fromisoformat(date) - _MJD_ZERO).total_seconds() / 86_400
