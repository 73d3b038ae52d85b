"""Suggest the word that a user probably meant."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean", "one_of"]

#: How alike two words must be, from 0 to 1: `difflib`'s own default, at which one wrong or
#: missing letter in five still counts and unrelated words do not.
_LEAST_LIKENESS = 0.6


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a question that names the closest choice, or nothing if none is close.

    Parameters
    ----------
    word : str
        What the user typed. Upper and lower case count as the same.
    choices : iterable of str
        What could have been meant.

    Returns
    -------
    str
        As in ``did you mean Kepler?``; empty if no choice is close.

    Examples
    --------
    >>> did_you_mean("keplr", ["Kepler", "K2", "TESS"])
    'did you mean Kepler?'
    >>> did_you_mean("Hubble", ["Kepler", "K2", "TESS"])
    ''
    """
    # Imported here: most words are right.
    from difflib import get_close_matches

    by_lower_case = {choice.lower(): choice for choice in choices}
    close = get_close_matches(word.lower(), by_lower_case, 1, _LEAST_LIKENESS)
    return f"did you mean {by_lower_case[close[0]]}?" if close else ""


def one_of(word: str, choices: Iterable[str]) -> str:
    """Return advice for an unknown word: the closest choice, then all of them.

    Examples
    --------
    >>> one_of("keplr", ["Kepler", "K2", "TESS"])
    'did you mean Kepler? Choose Kepler, K2, TESS'
    >>> one_of("Hubble", ["Kepler", "K2", "TESS"])
    'choose Kepler, K2, TESS'
    """
    there_are = list(choices)
    guess = did_you_mean(word, there_are)
    listed = ", ".join(there_are)
    return f"{guess} Choose {listed}" if guess else f"choose {listed}"
