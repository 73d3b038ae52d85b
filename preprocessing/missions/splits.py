"""The campaigns of K2 that have two halves."""

from __future__ import annotations

__all__ = ["campaign_stamp", "is_half", "whole_campaign"]

_SPLIT = (9, 10, 11)


def is_half(campaign: int) -> bool:
    """Tell whether a number stands for half of a campaign: 91, 92, 101 and so on."""
    return whole_campaign(campaign) != campaign


def whole_campaign(campaign: int) -> int:
    """Return the campaign that a half belongs to, or the campaign itself.

    Examples
    --------
    >>> whole_campaign(102), whole_campaign(12)
    (10, 12)
    """
    whole, half = divmod(campaign, 10)
    return whole if whole in _SPLIT and half in (1, 2) else campaign


def campaign_stamp(campaign: int) -> str:
    """Return a campaign so that texts sort as campaigns do in time.

    Examples
    --------
    >>> sorted([12, 91, 8, 102, 92], key=campaign_stamp)
    [8, 91, 92, 102, 12]
    """
    half = campaign % 10 if is_half(campaign) else 0
    return f"{whole_campaign(campaign):02d}.{half}"
