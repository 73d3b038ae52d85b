"""Pack a data set: from its FITS files to a HATS catalog, and only what is not packed yet."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, takewhile
from pathlib import Path
from typing import Protocol, TypeVar

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct, ProductError, RunError, UsageError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.packed_folder import PackedFolder, partitions_of
from preprocessing.dataset.outcomes_csv import read_outcomes
from preprocessing.dataset.packing.card import CardFacts, is_own_card, write_card
from preprocessing.dataset.packing.catalog_files import (
    catalog_files,
    catalog_name,
    remove_others,
    write_catalog_files,
)
from preprocessing.dataset.packing.changes import doubtful, has_changed
from preprocessing.dataset.packing.check import PackedCheck
from preprocessing.dataset.packing.clocks import update_clock
from preprocessing.dataset.packing.consume import (
    Consumption,
    PackedCell,
    in_steps,
    prove,
    remove_fits,
)
from preprocessing.dataset.packing.file_list import FileList, listed
from preprocessing.dataset.packing.fits_folder import (
    FitsStar,
    LeftOut,
    fits_names,
    look_through,
    units,
)
from preprocessing.dataset.packing.partition import Written, write_parts
from preprocessing.dataset.packing.plan import Plan, make_plan, require_unmixed
from preprocessing.dataset.packing.state import Existing, read_existing
from preprocessing.missions import MISSIONS
from preprocessing.system.atomic import publish, replacing
from preprocessing.tables.light_curves import centroid_schema, curve_schema
from preprocessing.tables.sky_cells import Cell
from preprocessing.tables.star_places import star_places
from preprocessing.tables.stars import (
    fits_files,
    packed_rows,
    packed_stars,
    rows_without_curve,
    write_stars,
)
from preprocessing.tables.time_code import compact_schema

__all__ = ["PackRequest", "Packed", "pack"]

_T = TypeVar("_T")
_R = TypeVar("_R")
#: Names that a message lists before it counts the rest.
_MOST_NAMES = 5
_REPAIR = (
    "xenoscan verify --repair puts them on the list again; then fetch them with xenoscan download"
    " --resume, and pack again"
)


class RunUnits(Protocol):
    """Runs a function on units of work, here or elsewhere."""

    def __call__(self, function: Callable[[_T], _R], units: Iterable[_T], /) -> Iterator[_R]:
        """Yield the result of each unit as it is done."""


@dataclass(frozen=True)
class PackRequest:
    """What to pack.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    with_centroids : bool
        Whether centroids are packed too.
    is_compact : bool or None
        Whether times are stored as light's travel time beyond the mission's clock; None to store
        them as those that are packed already, and as they are if none is.
    archive : str
        Where the files came from, for the card; empty if that is not known.
    manifest_chain : str
        The chain at the end of the manifest, for the card; empty if there is none.
    found : PackedCheck or None
        What a check found, and has told: damaged files are written again, from the FITS files or
        from what is sound in them; stars that are lost are left out.
    consume : Consumption or None
        Which FITS files may be removed once their light curves are packed; None to keep all.
    """

    root: Path
    with_centroids: bool = True
    is_compact: bool | None = None
    archive: str = ""
    manifest_chain: str = ""
    found: PackedCheck | None = None
    consume: Consumption | None = None


@dataclass
class Packed:
    """What packing did.

    Parameters
    ----------
    n_stars : int
        Light curves in the packed data set.
    n_read : int
        Those that were read from FITS files now.
    n_written, n_kept : int
        Files of light curves that were written, and that were as they should be.
    n_consumed : int
        FITS files that were removed.
    left_out : list of LeftOut
        FITS files that could not be packed.
    without_curve : list of TargetOutcome
        Targets without a light curve.
    lost : list of str
        FITS files that the results name, but that are neither there nor packed.
    n_files_missing : int
        Files that the archive lists but that no light curve has.
    n_disputed : int
        Cadences that have no time of the clock, for files of two stars disagree about them.
    has_card : bool
        Whether the card was written; not if another program's file has its name.
    """

    n_stars: int = 0
    n_read: int = 0
    n_written: int = 0
    n_kept: int = 0
    n_consumed: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    without_curve: list[TargetOutcome] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    n_files_missing: int = 0
    n_disputed: int = 0
    has_card: bool = True


def pack(
    request: PackRequest,
    run_units: RunUnits = map,
    *,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Packed:
    """Pack a data set; the caller holds the locks of its folder.

    Parameters
    ----------
    request : PackRequest
        What to pack.
    run_units : callable, optional
        Runs the work on units, in this process or in others.
    stop : threading.Event, optional
        Ends the work before the next file when it is set; what is done stays.
    progress : callable, optional
        Told how many files are written of how many.

    Raises
    ------
    UsageError
        There is nothing to pack, or what is there must not be mixed; nothing was changed.
    RunError
        A file cannot be read or written, or the work was stopped. What is done stays.
    """
    places = DatasetFolder(request.root)
    outcomes = read_outcomes(places.results) if places.results.is_file() else ()
    run = _Run(request, run_units, stop or threading.Event(), progress, outcomes)
    existing = read_existing(request.root, request.found.damaged if request.found else {})
    _require_same_centroids(request, existing)
    stars, left_out = _look_through(places.lightcurves, run)
    if not stars and not existing.partitions:
        raise UsageError(_nothing(places, request, left_out))
    require_unmixed(stars, existing)
    if request.found is None:
        _require_nothing_lost(request.root, stars, existing)
    remove_leftovers(request.root)
    if request.consume is None:
        return _pack_stars(run, stars, existing, left_out)
    return _pack_and_consume(run, request.consume, stars, existing, left_out)


@dataclass(frozen=True)
class _Run:
    """What stays the same while a data set is packed."""

    request: PackRequest
    run_units: RunUnits
    stop: threading.Event
    progress: Callable[[int, int], None]
    outcomes: Sequence[TargetOutcome]

    @cached_property
    def by_file(self) -> Mapping[str, Sequence[TargetOutcome]]:
        """The outcomes of the targets that have a light curve, by the name of its file."""
        return _by_file(self.outcomes)


def _pack_and_consume(
    run: _Run,
    consumption: Consumption,
    stars: Sequence[FitsStar],
    existing: Existing,
    left_out: list[LeftOut],
) -> Packed:
    """Pack some stars after others, and remove their FITS files before the next ones."""
    total = Packed(left_out=left_out)
    packed = {name for name, _ in existing.stars()}
    there = [star for star in stars if star.name in packed]
    for some in in_steps([star for star in stars if star.name not in packed]):
        done = _pack_stars(run, [*there, *some], existing, [])
        damaged = {item.name for item in done.left_out}
        there = [star for star in (*there, *some) if star.name not in damaged]
        removed = _consume(run, consumption, there)
        there = [star for star in there if star.name not in removed]
        total = replace(
            done,
            n_read=total.n_read + done.n_read,
            n_written=total.n_written + done.n_written,
            n_consumed=total.n_consumed + len(removed),
            left_out=[*total.left_out, *done.left_out],
        )
        existing = read_existing(run.request.root)
    return total


def _consume(run: _Run, consumption: Consumption, stars: Sequence[FitsStar]) -> frozenset[str]:
    """Prove that stars are packed, and remove their FITS files."""
    root = run.request.root
    lists = [
        FileList(catalog) for catalog in PackedFolder(root).written(run.request.with_centroids)
    ]
    wanted = {star.name: star for star in stars if star.name in consumption.complete}
    places = star_places(PackedFolder(root).stars)
    with_fits = {places[name].row.file for name in wanted if name in places}
    cells = [
        PackedCell(
            cell,
            tuple((files.catalog, files.files[cell]) for files in lists),
            root,
        )
        for cell in lists[-1].files
        if _below(cell) in with_fits
    ]
    removed: frozenset[str] = frozenset()
    until_stopped = takewhile(lambda _: not run.stop.is_set(), cells)
    for proved in run.run_units(prove, until_stopped):
        own = [wanted[name] for name in proved if name in wanted]
        removed |= remove_fits(DatasetFolder(root).lightcurves, own, proved, consumption)
    return removed


def _pack_stars(
    run: _Run, stars: Sequence[FitsStar], existing: Existing, left_out: list[LeftOut]
) -> Packed:
    """Pack stars, and what is packed already, as one data set."""
    request, lightcurves = run.request, DatasetFolder(run.request.root).lightcurves
    in_doubt = doubtful(lightcurves, stars, existing)
    changed = {name for name, is_changed in run.run_units(has_changed, in_doubt) if is_changed}
    plan = make_plan(
        request.root,
        lightcurves,
        stars,
        existing,
        changed,
        with_centroids=request.with_centroids,
        is_compact=existing.is_compact if request.is_compact is None else request.is_compact,
    )
    done = Packed(n_kept=len(plan.cells) - len(plan.to_write), left_out=left_out)
    if plan.is_compact or existing.is_compact:
        done.n_disputed = _update_clock(request, plan, existing)
    lists = [FileList(c) for c in PackedFolder(request.root).written(request.with_centroids)]
    for written in _write_all(plan, lists, run.run_units, run.stop):
        done.n_written += 1
        done.n_read += written.n_read
        done.left_out.extend(written.left_out)
        run.progress(done.n_written, len(plan.to_write))
    modified_ns = _modified_ns(stars, existing, done.left_out)
    # Those of workers that died, and whose work others did.
    remove_leftovers(request.root)
    _finish(run, plan, lists, modified_ns, done)
    return done


def _update_clock(request: PackRequest, plan: Plan, existing: Existing) -> int:
    """Write the clock before the light curves that need it; return how much is disputed."""
    path = PackedFolder(request.root).clock
    is_damaged = request.found is not None and request.found.has(path)
    if existing.is_compact and not is_damaged and not path.exists():
        raise RunError(f"{path} is gone, and packed times are nothing without it. {_REPAIR}")
    try:
        return update_clock(request.root, MISSIONS[plan.mission], is_damaged=is_damaged)
    except CorruptProduct as error:
        raise RunError(f"{error}. {_REPAIR}") from error


def remove_leftovers(root: Path) -> None:
    """Remove what runs that were killed were writing."""
    packed = PackedFolder(root)
    for catalog in (packed.curves, packed.centroids):
        for path in partitions_of(catalog).glob("Norder=*/Dir=*/.Npix=*.parquet.*.part"):
            path.unlink(missing_ok=True)


def _write_all(
    plan: Plan, lists: Sequence[FileList], run_units: RunUnits, stop: threading.Event
) -> Iterator[Written]:
    """Write the files of all partitions; name and list them as they are done."""
    until_stopped = takewhile(lambda _: not stop.is_set(), plan.to_write)
    try:
        for written in run_units(write_parts, until_stopped):
            partition = written.partition
            if not written.files and partition.files[-1].exists():
                raise CorruptProduct(
                    f"{partition.files[-1]} is damaged, and so are the FITS files of its stars"
                )
            # Without stars, there is nothing under the temporary names that anybody would miss.
            for path, file, files in zip(partition.files, written.files, lists, strict=False):
                publish(partition.part(path), path)
                files.add(partition.cell, file)
            yield written
    except ProductError as error:
        raise RunError(f"{error}. {_REPAIR}") from error
    if stop.is_set():
        raise RunError("stopped; what is packed stays, and the same command goes on")


def _finish(
    run: _Run,
    plan: Plan,
    lists: Sequence[FileList],
    modified_ns: Mapping[str, int],
    done: Packed,
) -> None:
    """Write the tables about the whole, then remove what is no longer part of it."""
    request, outcomes, by_file = run.request, run.outcomes, run.by_file
    packed, mission = PackedFolder(request.root), MISSIONS[plan.mission]
    curves = curve_schema(mission, plan.is_double)
    if plan.is_compact:
        curves = compact_schema(curves)
    # Not those whose stars are all damaged.
    folder = partitions_of(packed.curves)
    cells = [cell for cell in plan.cells if (folder / cell.file).exists()]
    tables = [
        packed_rows(folder / cell.file, _below(cell), mission, by_file, modified_ns)
        for cell in cells
    ]
    names = {name for table in tables for name in fits_files(table)}
    done.without_curve = [outcome for outcome in outcomes if not outcome.success]
    lost = [o for name, own in by_file.items() if name not in names for o in own]
    done.lost = sorted({Path(outcome.filepath).name for outcome in lost})
    done.n_files_missing = sum(outcome.quarters_failed for outcome in outcomes)
    with replacing(packed.stars) as stream:
        rows = [*tables, rows_without_curve([*done.without_curve, *lost], mission)]
        totals = write_stars(stream, rows)
    done.n_stars = totals.n_stars
    whole = [packed.stars]
    if plan.is_compact:
        whole.append(packed.clock)
    digests = {path: listed(path).sha256 for path in whole}
    for files in lists:
        is_curves = files.catalog == packed.curves
        name = catalog_name(mission, files.catalog.name)
        schema = curves if is_curves else centroid_schema(mission)
        own = {cell: files.files[cell] for cell in cells}
        beside = digests if is_curves else {}
        contents = catalog_files(files.catalog, name, schema, own, done.n_stars, beside)
        write_catalog_files(files.catalog, contents)
        remove_others(files.catalog, cells)
    if not plan.is_compact:
        packed.clock.unlink(missing_ok=True)
    done.has_card = is_own_card(packed.card)
    if done.has_card:
        facts = CardFacts(
            mission,
            totals.authors,
            plan.is_synthetic,
            request.with_centroids,
            done.n_stars,
            len(outcomes) - len(by_file) + len(done.lost),
            totals.n_points,
            tuple(outcome.timestamp for outcome in outcomes),
            request.archive,
            request.manifest_chain,
        )
        write_card(packed.card, facts, curves)


def _modified_ns(
    stars: Sequence[FitsStar], existing: Existing, left_out: Sequence[LeftOut]
) -> dict[str, int]:
    """Return when the FITS files were written that the packed stars are from."""
    former = {name: star.fits_modified_ns for name, star in existing.listed.items()}
    now = {star.name: star.modified_ns for star in stars}
    for item in left_out:
        now.pop(item.name, None)
    return {**{name: time for name, time in former.items() if time is not None}, **now}


def _below(cell: Cell) -> str:
    """Return a cell's file, below the folder of a catalog."""
    return f"{partitions_of(Path()).as_posix()}/{cell.file}"


def _by_file(outcomes: Iterable[TargetOutcome]) -> dict[str, list[TargetOutcome]]:
    by_file = defaultdict(list)
    for outcome in outcomes:
        if outcome.success:
            by_file[Path(outcome.filepath).name].append(outcome)
    return dict(by_file)


def _look_through(folder: Path, run: _Run) -> tuple[list[FitsStar], list[LeftOut]]:
    """Read the headers of all FITS files; refuse those of other programs."""
    names = fits_names(folder)
    if run.request.consume is not None and run.request.consume.recorded is not None:
        names = [name for name in names if name in run.request.consume.recorded]
    recorded = run.by_file
    found = list(chain.from_iterable(run.run_units(look_through, units(folder, names))))
    left_out = [item for item in found if isinstance(item, LeftOut)]
    # A recorded file of which nothing can be recognized is this program's, and damaged.
    foreign = [item for item in left_out if item.is_foreign and item.name not in recorded]
    if foreign:
        raise UsageError(
            f"{folder} holds files of other programs: {_some([i.name for i in foreign])}"
            f" ({foreign[0].text}). Move them elsewhere"
        )
    return [item for item in found if isinstance(item, FitsStar)], left_out


def _require_same_centroids(request: PackRequest, existing: Existing) -> None:
    if existing.has_centroids is None or existing.has_centroids == request.with_centroids:
        return
    catalogs = PackedFolder(request.root).catalogs
    if existing.has_centroids:
        raise UsageError(
            f"{catalogs} has centroids: leave out --no-centroids, or remove {catalogs}"
        )
    raise UsageError(
        f"{catalogs} was packed without centroids: add --no-centroids, or remove {catalogs} and"
        " pack all of it again"
    )


def _require_nothing_lost(root: Path, stars: Sequence[FitsStar], existing: Existing) -> None:
    """Make sure that no star was in damaged or removed files alone."""
    table = PackedFolder(root).stars
    if not table.exists():
        return
    try:
        before = packed_stars(table)
    except CorruptProduct:
        # It is made again from the packed files.
        return
    lost = sorted(before - {s.name for s in stars} - {name for name, _ in existing.stars()})
    if lost:
        what = existing.damaged[0] if existing.damaged else f"packed files in {root} are gone"
        raise RunError(f"{what}. The FITS files of these stars are gone: {_some(lost)}. {_REPAIR}")


def _nothing(places: DatasetFolder, request: PackRequest, left_out: Sequence[LeftOut]) -> str:
    if left_out:
        first = left_out[0]
        return (
            f"none of the {len(left_out)} light curves in {places.lightcurves} can be packed:"
            f" {first.name}: {first.text}"
        )
    if request.consume is not None and request.consume.recorded is not None:
        return f"the download to {places.root} has finished no light curve yet: pack it later"
    return (
        f"there are no light curves in {places.lightcurves}: name the folder of a data set"
        " (download --dataset)"
    )


def _some(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
