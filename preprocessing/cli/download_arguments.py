"""What a run of ``xenoscan download`` is asked to do: its options, checked and put together."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.acquire.settings import Limits, Mode
from preprocessing.cli.call import Call
from preprocessing.cli.dataset_settings import settings_text, split_sources
from preprocessing.cli.selection_options import request_of
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import UsageError
from preprocessing.core.remote_path import require_no_url
from preprocessing.lists.exact_files import require_files_of
from preprocessing.lists.target_list import ListedTargets, find_other_mission, read_target_list
from preprocessing.missions import MISSIONS, Mission, Product
from preprocessing.missions.recipe import Recipe, make_recipe, parse_numbers
from preprocessing.missions.targets import TargetList, split_names
from preprocessing.network.source_names import is_embedded, is_folder

if TYPE_CHECKING:
    from preprocessing.catalog.selection import SelectionRequest

__all__ = ["PATH_OPTIONS", "Arguments", "checked", "places_of"]

#: The options that choose the three places one by one.
PATH_OPTIONS = ("output", "results", "checkpoint_dir")
#: Where the embedded archive's synthetic stars go, apart from real ones.
_EMBEDDED_FOLDER = Path("data/embedded")


@dataclass(frozen=True)
class Arguments:
    """The checked options of a run.

    Parameters
    ----------
    targets : TargetList or None
        The stars that `--target-list` or `--ids` names; None if neither was given.
    count : int or None
        How many of them, or of the archive's first stars: `--targets`.
    is_all : bool
        Whether every star of the archive is meant, since it is a folder and none was named.
    list_source : str or None
        The list's name: `--target-list`.
    listed : ListedTargets or None
        What was found in the list; None if there is none.
    other_mission : Mission or None
        The mission whose stars most of the targets seem to be, if it is another.
    exact_files : tuple of Product
        The only files wanted of their stars, whoever made them: `--exact`.
    selection : SelectionRequest or None
        Which stars of the catalog are meant: `--select` and what goes with it.
    recipe : Recipe
        Which light curves, and which rows and flux of them.
    limits : Limits
        How hard the run may try.
    archive : str
        Where the files come from.
    fallback : tuple of str
        Archives for files that the first cannot give.
    keep_files : Path or None
        Where the original files are kept.
    dataset : DatasetFolder or None
        The folder of everything; None if the three paths were chosen one by one.
    settings : str
        The text of the data set's settings file, should there be none.
    output_dir, checkpoint_dir, results_path : Path
        Where light curves, checkpoint and results go.
    mode : Mode
        What happens to stars that have an outcome.
    jobs : int
        How many processes of this machine download.
    cluster : str or None
        The Dask cluster that downloads; None if this machine does.
    dry_run : bool
        Whether to say what would be fetched, and write nothing.
    quiet : bool
        Whether to print warnings and errors only.
    progress : str
        How progress is shown.
    log_level : str
        Detail of the log file.
    call : Call
        How the command was called.
    """

    targets: TargetList | None
    count: int | None
    is_all: bool
    list_source: str | None
    listed: ListedTargets | None
    other_mission: Mission | None
    exact_files: tuple[Product, ...]
    selection: SelectionRequest | None
    recipe: Recipe
    limits: Limits
    archive: str
    fallback: tuple[str, ...]
    keep_files: Path | None
    dataset: DatasetFolder | None
    settings: str
    output_dir: Path
    checkpoint_dir: Path
    results_path: Path
    mode: Mode
    jobs: int
    cluster: str | None
    dry_run: bool
    quiet: bool
    progress: str
    log_level: str
    call: Call


def checked(given: argparse.Namespace, call: Call) -> Arguments:
    """Check what was given, and put it together.

    Parameters
    ----------
    given : argparse.Namespace
        The options of `preprocessing.cli.download_options`.
    call : Call
        How the command was called.

    Raises
    ------
    UsageError
        An argument is wrong, or the list of targets cannot be read.
    """
    if given.targets is not None and given.targets < 1:
        raise UsageError(f"--targets must be at least 1, not {given.targets}")
    if given.results is not None and given.results.suffix == ".log":
        raise UsageError(f"--results {given.results}: the log beside it would have that name")
    _require_folders(given)
    dataset = None if given.dataset is None else DatasetFolder(given.dataset)
    output_dir, results_path, checkpoint_dir = places_of(given)
    mode = Mode.of(given.resume, given.retry_failed, given.refresh)
    if given.dry_run and mode is Mode.REFRESH:
        raise UsageError("--dry-run cannot tell what --refresh would find newer: it has to ask")
    if mode is Mode.REFRESH and (given.cluster is not None or given.jobs > 1):
        raise UsageError("--refresh is the work of one process: leave out --cluster and --jobs")
    recipe = _recipe_of(given)
    listed = _listed(given, recipe)
    targets = None if listed is None else listed.targets
    other_mission = None if listed is None else listed.other_mission
    if given.ids is not None:
        names = split_names(given.ids)
        targets = TargetList.of(names, recipe.mission.catalog)
        if not targets.targets:
            raise UsageError("--ids names no target")
        has_bare = any(map(str.isdecimal, names))
        other_mission = find_other_mission(targets.targets, recipe.mission, has_bare=has_bare)
    selection = request_of(given)
    is_open = targets is None and given.targets is None and selection is None
    if is_open and not mode.is_resume and not is_folder(given.archive):
        raise UsageError(
            "say which targets: --targets N, --target-list FILE, --ids NAMES or --select STRATEGY"
        )
    return Arguments(
        targets=targets,
        count=given.targets,
        is_all=is_open and not mode.is_resume,
        list_source=given.target_list,
        listed=listed,
        other_mission=other_mission,
        exact_files=listed.products if listed else (),
        selection=selection,
        recipe=recipe,
        limits=Limits(given.workers, given.timeout, given.retries, given.max_rate),
        archive=given.archive,
        fallback=split_sources(given.fallback),
        keep_files=given.keep_files,
        dataset=dataset,
        settings="" if dataset is None else settings_text(given, recipe),
        output_dir=output_dir,
        checkpoint_dir=checkpoint_dir,
        results_path=results_path,
        mode=mode,
        jobs=given.jobs,
        cluster=given.cluster,
        dry_run=given.dry_run,
        quiet=given.quiet,
        progress=given.progress,
        log_level=given.log_level,
        call=call,
    )


def _listed(given: argparse.Namespace, recipe: Recipe) -> ListedTargets | None:
    """Return what `--target-list` names, or None if it was not given."""
    if given.target_list is not None:
        listed = read_target_list(
            given.target_list, recipe.mission, given.id_column, names_files=given.exact
        )
        if given.exact:
            require_files_of(recipe, listed.products)
        return listed
    for option, value in (("--id-column", given.id_column), ("--exact", given.exact)):
        if value:
            raise UsageError(f"{option} goes with --target-list")
    return None


def places_of(given: argparse.Namespace) -> tuple[Path, Path, Path]:
    """Return where light curves, results and checkpoint go.

    Parameters
    ----------
    given : argparse.Namespace
        The options of `preprocessing.cli.download_options`.

    Raises
    ------
    UsageError
        Options name a place twice, or the working directory is a data set that none names.
    """
    if given.dataset is not None:
        dataset = DatasetFolder(given.dataset)
        for name in PATH_OPTIONS:
            if getattr(given, name) is not None:
                option = name.replace("_", "-")
                raise UsageError(f"--dataset {dataset.root} holds everything: leave out --{option}")
        return dataset.lightcurves, dataset.results, dataset.checkpoints
    here = DatasetFolder(Path())
    if here.exists and here.settings.exists() and given.output is None:
        raise UsageError("this folder is a data set: add --dataset . to go on with it")
    embedded = is_embedded(given.archive)
    base = _EMBEDDED_FOLDER if embedded else Path()
    return (
        given.output or base / ("raw" if embedded else "data/raw"),
        given.results or base / "download_results.csv",
        given.checkpoint_dir or base / "checkpoints",
    )


def _recipe_of(given: argparse.Namespace) -> Recipe:
    chosen = next((m for m in MISSIONS.values() if m.name.lower() == given.mission.lower()), None)
    for mission in MISSIONS.values():
        # That the mission is unknown is said later.
        is_of_another = chosen is not None and chosen.sequence != mission.sequence
        if is_of_another and getattr(given, mission.sequence) is not None:
            raise UsageError(f"--{mission.sequence}s are of {mission.name}, not of {given.mission}")
    numbers = chosen and getattr(given, chosen.sequence)
    return make_recipe(
        given.mission,
        given.cadence,
        given.flux,
        given.quality,
        given.author,
        parse_numbers(numbers) if numbers is not None else (),
    )


def _require_folders(given: argparse.Namespace) -> None:
    for place in (given.dataset, *(getattr(given, name) for name in PATH_OPTIONS)):
        if place is not None:
            require_no_url(
                place, "a download writes to a folder; then xenoscan pack DATASET --to URL"
            )
