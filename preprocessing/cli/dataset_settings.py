"""The settings file of a data set: the options of its first run, for all later ones."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from preprocessing.cli.settings_file import toml_line
from preprocessing.missions.recipe import ANY, Recipe
from preprocessing.network.source_names import is_folder

__all__ = ["recipe_options", "settings_text", "split_sources", "whole_source"]

_HEAD = """\
# The options of this data set, under the names that they have on the command line.
# The first run wrote this file, and later ones read it. To go on with the data set:
#
#     xenoscan download --dataset DIR --resume
#
# Options on the command line count more than those here.

[download]
# What the light curves are. To change one of these, begin another data set.
"""
_MIDDLE = """\

# How they are fetched. Change these as you like; xenoscan download --help lists others.
"""

#: Options that may differ from run to run, by attribute.
_CHANGEABLE = ("workers", "timeout", "retries", "max_rate")


def settings_text(given: argparse.Namespace, recipe: Recipe) -> str:
    """Return the text of a data set's settings file.

    Parameters
    ----------
    given : argparse.Namespace
        The options of the run.
    recipe : Recipe
        What its light curves are.

    Raises
    ------
    UsageError
        The path of an archive is not UTF-8.
    """
    fixed = {**recipe_options(recipe), "archive": whole_source(given.archive)}
    changeable: dict[str, str | int | float | None] = {
        "fallback": ",".join(map(whole_source, split_sources(given.fallback))),
        "keep-files": given.keep_files and str(given.keep_files.absolute()),
        **{name.replace("_", "-"): getattr(given, name) for name in _CHANGEABLE},
    }
    return _HEAD + _lines(fixed) + _MIDDLE + _lines(changeable)


def recipe_options(recipe: Recipe) -> dict[str, str | None]:
    """Return the options that ask for a recipe, without their dashes; None for those not needed.

    Examples
    --------
    >>> recipe_options(Recipe(cadence="short"))["cadence"]
    'short'
    """
    bitmask, author = recipe.quality_bitmask, recipe.mission.author_named.get(recipe.author.lower())
    named = {**recipe.mission.bitmasks, **({} if author is None else author.bitmasks)}
    return {
        "mission": recipe.mission_name,
        "author": recipe.author,
        "cadence": None if recipe.cadence == ANY else recipe.cadence,
        f"{recipe.mission.sequence}s": recipe.sequence_numbers or None,
        "flux": recipe.flux or None,
        "quality": next((name for name, mask in named.items() if mask == bitmask), str(bitmask)),
    }


def split_sources(text: str) -> tuple[str, ...]:
    """Return the archives that ``--fallback`` names.

    Examples
    --------
    >>> split_sources("stsci, mast")
    ('stsci', 'mast')
    """
    return tuple(filter(None, map(str.strip, text.split(","))))


def _lines(values: Mapping[str, str | int | float | None]) -> str:
    lines = (toml_line(name, value) for name, value in values.items() if value is not None)
    return "".join(f"{line}\n" for line in lines)


def whole_source(source: str) -> str:
    """Return a source so that it means the same from every working directory."""
    return str(Path(source).resolve()) if is_folder(source) else source
