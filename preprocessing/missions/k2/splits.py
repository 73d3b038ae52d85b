"""The campaigns of K2 that were split into halves."""

from __future__ import annotations

__all__ = [
    "CAMPAIGN_LETTER",
    "HALVES",
    "campaign_position",
    "campaign_stamp",
    "is_half",
    "whole_campaign",
]

#: The letter before a campaign's number in its label.
CAMPAIGN_LETTER = "C"
#: The numbers of a campaign's halves in file names.
HALVES = {9: (91, 92), 10: (101, 102), 11: (111, 112)}

_WHOLE = {half: whole for whole, halves in HALVES.items() for half in halves}


def is_half(campaign: int) -> bool:
    """Tell whether a number stands for half of a campaign: 91, 92, 101 and so on."""
    return campaign in _WHOLE


def whole_campaign(campaign: int) -> int:
    """Return the campaign that a half belongs to, or the campaign itself.

    Examples
    --------
    >>> whole_campaign(102), whole_campaign(12)
    (10, 12)
    """
    return _WHOLE.get(campaign, campaign)


def campaign_position(campaign: int) -> int:
    """Return a number that sorts campaigns and their halves in time.

    Examples
    --------
    >>> sorted([12, 91, 8, 102, 92], key=campaign_position)
    [8, 91, 92, 102, 12]
    """
    return campaign if is_half(campaign) else 10 * campaign


def campaign_stamp(campaign: int) -> str:
    """Return a text for a campaign; such texts sort like the campaigns in time.

    Examples
    --------
    >>> campaign_stamp(8), campaign_stamp(92)
    ('08.0', '09.2')
    """
    whole, half = divmod(campaign_position(campaign), 10)
    return f"{whole:02d}.{half}"
