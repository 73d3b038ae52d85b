"""What the tables of features and vetting say of a data set, as the ranking needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.candidates import Candidates, Verdicts, verdicts
from preprocessing.anomalies.event_evidence import SUDDEN_DIP, alike_dips, whose_events
from preprocessing.anomalies.explained import CANDIDATE, GRANULATION, SPOTS, WAVE
from preprocessing.anomalies.leftover import Ephemeris, Events, Strongest, strongest
from preprocessing.anomalies.star_table import Absence, Booleans, Floats, StarTable
from preprocessing.anomalies.steady import (
    SPOT_FEATURES,
    WAVE_FEATURES,
    granulates,
    is_spotted,
    is_wave,
)
from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.features.schema import (
    FEATURE_NAMES,
    FEATURE_SET,
    FEATURE_SET_VERSION,
    FEATURES,
)
from preprocessing.missions import MISSIONS, Mission
from preprocessing.system.atomic import file_sha256
from preprocessing.tables.curve_rows import FILE, INPUT, NAME
from preprocessing.tables.light_curves import key_column
from preprocessing.tables.value_tables import read_table, rows_by, table_about
from preprocessing.vetting.schema import (
    DISPOSITIONS,
    EVENTS,
    FEATURES_SHA256,
    LABEL_NAMES,
    RULES_KEY,
    RULES_VERSION,
    VETTING,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DatasetRows", "read_dataset", "stars_of"]

#: Reasons that tell what a star is like; the others tell that it could not be measured.
_NATURE = ("no_events", "no_peak", "flat")
#: What vetting says of candidates that are nothing of the sky's.
_NOT_TRANSITS = frozenset({"not_transit_like", "instrument"})
#: Columns of vetting with what tables have of a star.
_CATALOGS = ("known_planets", "known_binaries", "known_variables")
#: What is read of each table; of features.parquet, the star's number too.
_OF_FEATURES = (
    NAME,
    FILE,
    INPUT,
    "cadence_s",
    "baseline_d",
    "transit_t0",
    "transit_duration",
    *FEATURE_NAMES,
    *(f"{name}_reason" for name in FEATURE_NAMES),
)
#: What the instrument does for days, which is no event, over the noise of a point.
_FOR_DAYS = ("instrument_restless", "instrument_settling")
_OF_VETTING = (
    FILE,
    "magnitude",
    "teff",
    "logg",
    "radius",
    "eclipse_epoch",
    "known_planet_reason",
    *_CATALOGS,
    "eclipse_period",
    *_FOR_DAYS,
    *(f"is_{name}" for name in LABEL_NAMES),
)
_OF_EVENTS = (
    FILE,
    "kind",
    "start_d",
    "peak_d",
    "end_d",
    "amplitude",
    "significance",
    "to_edge_d",
    "flags",
    "is_coincident",
)
#: What is read of dispositions: the period of a candidate is what the test of equal ones measures.
_PERIOD = "same_period"
_MEASURED = (
    "depth",
    "secondary",
    "secondary_sigma",
    "duration",
    "duration_limit",
    "duty",
    "duty_limit",
)
_OF_DISPOSITIONS = (FILE, "number", "disposition", _PERIOD, *_MEASURED)
#: Light sampled faster than this is another class of stars: its events look otherwise.
_LONG_CADENCE_S = 1_500.0


@dataclass(frozen=True, eq=False)
class DatasetRows:
    """The rows of a data set that can be ranked.

    Parameters
    ----------
    mission : Mission
        Who observed.
    cadence_class : ndarray of str, shape (n,)
        ``long`` or ``short``; that of most light curves where it is not known.
    place : ndarray of int64, shape (n,)
        The row of each star among those of the data set.
    number, name, file, digest : sequence
        Number, name and FITS file of each star, and the digest of what its row was made from.
    stars : StarTable
        What is known of them.
    has_catalogs : bool
        Whether vetting knew any table of planets, binaries or variables.
    all_missing : mapping of str to mapping of str to set of str
        Features that no star of a cadence class has, with the reasons, by class.
    """

    mission: Mission
    cadence_class: NDArray[np.str_]
    place: NDArray[np.int64]
    number: Sequence[int]
    name: Sequence[str]
    file: Sequence[str]
    digest: Sequence[str]
    stars: StarTable
    has_catalogs: bool
    all_missing: Mapping[str, Mapping[str, Set[str]]]

    @property
    def key(self) -> str:
        """Name of the column with a star's number."""
        return key_column(self.mission)

    def by_cadence(self) -> dict[str, NDArray[np.int64]]:
        """Return the rows of each cadence class, the class of most stars first."""
        names, counts = np.unique(self.cadence_class, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return {str(names[one]): np.flatnonzero(self.cadence_class == names[one]) for one in order}

    def of(self, chosen: NDArray[np.int64]) -> DatasetRows:
        """Return some of the stars.

        Parameters
        ----------
        chosen : ndarray of int64
            Their rows.
        """
        if len(chosen) == len(self.number):
            return self
        return replace(
            self,
            cadence_class=self.cadence_class[chosen],
            place=self.place[chosen],
            number=[self.number[row] for row in chosen],
            name=[self.name[row] for row in chosen],
            file=[self.file[row] for row in chosen],
            digest=[self.digest[row] for row in chosen],
            stars=self.stars.rows(chosen),
        )


def read_dataset(root: Path) -> DatasetRows:
    """Read the tables of features and vetting of a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.

    Raises
    ------
    UsageError
        They are not there, of another version, damaged, or not of the same light curves; the
        message says what to run.
    """
    vetted = _Source(root, "vet", RULES_KEY, RULES_VERSION)
    measured = _Source(root, "features", FEATURE_SET, FEATURE_SET_VERSION)
    mission = MISSIONS[measured.about(FEATURES)["mission"]]
    features = measured.read(FEATURES, (key_column(mission), *_OF_FEATURES))
    vetting = vetted.read(VETTING, _OF_VETTING)
    measured_sha256 = file_sha256(root / f"{FEATURES}.parquet")
    if vetted.about(VETTING).get(FEATURES_SHA256) != measured_sha256:
        raise UsageError(
            f"{root / VETTING}.parquet was not made from {FEATURES}.parquet as it is now: run"
            f" xenoscan vet {root}"
        )
    if features[FILE].to_pylist() != vetting[FILE].to_pylist():
        raise UsageError(
            f"{root / VETTING}.parquet is not of the light curves in {FEATURES}.parquet: run"
            f" xenoscan vet {root}"
        )
    if not len(features):
        raise UsageError(f"{root / FEATURES}.parquet has no star: nothing can be ranked")
    dispositions = vetted.read(DISPOSITIONS, _OF_DISPOSITIONS)
    events = vetted.read(EVENTS, _OF_EVENTS)
    stars = stars_of(features, vetting, dispositions, events, root)
    cadence_s = _numbers(features, "cadence_s")
    known_s = np.where(np.isfinite(cadence_s), cadence_s, np.nanmedian(cadence_s))
    cadence_class = np.where(known_s > _LONG_CADENCE_S, "long", "short")
    return DatasetRows(
        mission,
        cadence_class,
        np.arange(len(stars)),
        features[key_column(mission)].to_pylist(),
        features[NAME].to_pylist(),
        features[FILE].to_pylist(),
        features[INPUT].to_pylist(),
        stars,
        any(
            reason != "no_catalog" for reason in vetting["known_planet_reason"].unique().to_pylist()
        ),
        {
            str(one): _missing(features, stars, np.flatnonzero(cadence_class == one))
            for one in np.unique(cadence_class)
        },
    )


def stars_of(
    features: pa.Table, vetting: pa.Table, dispositions: pa.Table, events: pa.Table, root: Path
) -> StarTable:
    """Return what tables of features and vetting say of stars.

    Parameters
    ----------
    features, vetting : pyarrow.Table
        With one row a light curve, in the same order.
    dispositions, events : pyarrow.Table
        What belongs to them.
    root : Path
        The folder of the data set, for messages.

    Raises
    ------
    UsageError
        A feature has neither a value nor a reason.
    """
    values, absence = _values(features, root)
    labels = {one: _truth(vetting, f"is_{one}") for one in LABEL_NAMES}
    candidates = _dispositions(features, dispositions)
    labels[CANDIDATE] = np.array([CANDIDATE in one for one in candidates])
    labels[GRANULATION] = _granulates(features, vetting)
    labels[WAVE] = is_wave(*(_numbers(features, name) for name in WAVE_FEATURES))
    labels[SPOTS] = is_spotted(*(_numbers(features, name) for name in SPOT_FEATURES))
    found, evidence = _strongest(features, vetting, events, labels)
    judged = _verdicts(features, vetting, dispositions)
    for_days = np.nan_to_num([_numbers(vetting, name) for name in _FOR_DAYS]).max(axis=0)
    causes = {
        "instrument_dips": np.array([one.has_dips_explained for one in found])
        | (_numbers(features, "shape_dip_skew") > SUDDEN_DIP),
        "instrument_rises": np.array([one.has_rises_explained for one in found]),
        "no_transits": np.array([len(one) > 0 and one <= _NOT_TRANSITS for one in candidates]),
    }
    return StarTable(
        FEATURE_NAMES,
        values,
        absence,
        _numbers(vetting, "magnitude"),
        _numbers(vetting, "teff"),
        labels,
        np.array([one.observed for one in found]),
        np.array([one.left for one in found]),
        causes,
        np.array([one.is_odd for one in found]),
        _in_catalog(vetting),
        np.maximum(evidence[:, 0], for_days),
        evidence[:, 1],
        evidence[:, 2],
        evidence[:, 3],
        evidence[:, 4],
        judged.judged_eclipse,
        judged.unlike_planet,
        judged.planet_ppm,
    )


@dataclass(frozen=True)
class _Source:
    """Tables that one command wrote.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    command : str
        The command.
    key, version : str
        Key of a file's metadata under which the version stands, and the version that is needed.
    """

    root: Path
    command: str
    key: str
    version: str

    def about(self, name: str) -> dict[str, str]:
        """Return what the file of a table says about itself, if it is of the right version."""
        path = self.root / f"{name}.parquet"
        try:
            about = table_about(path)
        except FileNotFoundError as error:
            raise UsageError(
                f"the ranking needs {path}, which is not there: {self._run}"
            ) from error
        except CorruptProduct as error:
            raise UsageError(f"{error}: {self._run} --recompute") from error
        found = about.get(self.key)
        if found != self.version:
            what = "not this program's" if found is None else f"of version {found}"
            raise UsageError(
                f"{path} is {what}, and the ranking needs version {self.version}: {self._run}"
                " --recompute"
            )
        return about

    def read(self, name: str, columns: Sequence[str]) -> pa.Table:
        """Return some columns of a table."""
        self.about(name)
        try:
            return read_table(self.root / f"{name}.parquet", columns)
        except CorruptProduct as error:
            raise UsageError(f"{error}: {self._run} --recompute") from error

    @property
    def _run(self) -> str:
        return f"run xenoscan {self.command} {self.root}"


def _missing(
    features: pa.Table, stars: StarTable, rows: NDArray[np.int64]
) -> dict[str, frozenset[str]]:
    """Return the features that none of some stars has, and why not."""
    has_none = (stars.absence[rows] != Absence.NONE).all(axis=0)
    return {
        name: frozenset(features[f"{name}_reason"].take(rows).to_pylist())
        for name, is_so in zip(stars.feature_names, has_none, strict=True)
        if is_so
    }


def _values(features: pa.Table, root: Path) -> tuple[Floats, NDArray[np.int8]]:
    """Return the values of features, and why some are not there."""
    values = np.full((len(features), len(FEATURE_NAMES)), np.nan)
    absence = np.zeros(values.shape, np.int8)
    for number, name in enumerate(FEATURE_NAMES):
        values[:, number] = _numbers(features, name)
        reasons = features[f"{name}_reason"].to_pylist()
        has_none = np.array([one is None for one in reasons], np.bool_)
        reason = np.array(reasons, dtype=np.str_)
        is_missing = ~np.isfinite(values[:, number])
        unexplained = np.flatnonzero(is_missing & has_none)
        if len(unexplained):
            raise UsageError(
                f"{root / FEATURES}.parquet has no {name}, and no reason for that, of"
                f" {len(unexplained)} stars: run xenoscan features {root} --recompute"
            )
        is_nature = np.isin(reason, _NATURE)
        absence[is_missing, number] = Absence.UNKNOWN
        absence[is_missing & is_nature, number] = Absence.NATURE
        values[is_missing, number] = np.nan
    return values, absence


def _numbers(table: pa.Table, name: str) -> Floats:
    """Return a column of numbers; NaN for null."""
    column = table[name].combine_chunks().cast("double")
    return np.array(column.to_numpy(zero_copy_only=False), np.float64)


def _truth(table: pa.Table, name: str) -> Booleans:
    """Return a column of truth values; False for null."""
    return np.array(table[name].fill_null(False).combine_chunks().to_numpy(zero_copy_only=False))


def _in_catalog(vetting: pa.Table) -> Booleans:
    """Return whether a table has an object of each star's number."""
    found = np.zeros(len(vetting), np.bool_)
    for name in _CATALOGS:
        found |= np.array([bool(one) for one in vetting[name].to_pylist()], np.bool_)
    return found


def _dispositions(features: pa.Table, dispositions: pa.Table) -> list[set[str]]:
    """Return what vetting says of the candidates of each star."""
    kinds: dict[str, set[str]] = {}
    for (file, kind), _ in rows_by(dispositions, [FILE, "disposition"]).items():
        kinds.setdefault(str(file), set()).add(str(kind))
    return [kinds.get(file, set()) for file in features[FILE].to_pylist()]


def _verdicts(features: pa.Table, vetting: pa.Table, dispositions: pa.Table) -> Verdicts:
    """Return what their candidates say of stars."""
    row_of = {file: row for row, file in enumerate(features[FILE].to_pylist())}
    rows = [row_of.get(file, -1) for file in dispositions[FILE].to_pylist()]
    star = np.array(rows, np.int64)
    own = star >= 0
    kind = np.array(dispositions["disposition"].to_pylist(), dtype=np.str_)
    number = _numbers(dispositions, "number").astype(np.int64)
    measured = {name: _numbers(dispositions, name)[own] for name in _MEASURED}
    period_d = _numbers(dispositions, _PERIOD)[own]
    candidates = Candidates(star[own], number[own], kind[own], period_d, **measured)
    return verdicts(candidates, _numbers(vetting, "logg"), _numbers(vetting, "radius"))


def _granulates(features: pa.Table, vetting: pa.Table) -> Booleans:
    """Return which stars are giants that vary as convection makes them vary."""
    range_ppm, white_ppm = (
        10 ** _numbers(features, name) for name in ("stat_amplitude", "stat_white")
    )
    logg, teff = (_numbers(vetting, name) for name in ("logg", "teff"))
    return granulates(logg, teff, range_ppm, white_ppm)


def _strongest(
    features: pa.Table, vetting: pa.Table, events: pa.Table, labels: Mapping[str, Booleans]
) -> tuple[list[Strongest], Floats]:
    """Return the strongest events of each star, whose they are, and how many dips are alike."""
    columns: dict[str, NDArray[Any]] = {
        name: _numbers(events, name)
        for name in ("start_d", "peak_d", "end_d", "amplitude", "significance", "to_edge_d")
    }
    kind = np.array(events["kind"].to_pylist(), dtype=np.str_)
    is_flagged = np.array([bool(one) for one in events["flags"].to_pylist()], np.bool_)
    is_coincident = _truth(events, "is_coincident")
    ephemerides = _ephemerides(features, vetting)
    found, evidence = [Strongest()] * len(features), np.zeros((len(features), 5))
    row_of = {file: row for row, file in enumerate(features[FILE].to_pylist())}
    for (file,), rows in rows_by(events, [FILE]).items():
        row = row_of.get(file)
        if row is None:
            continue
        own = Events(
            kind[rows],
            columns["start_d"][rows],
            columns["peak_d"][rows],
            columns["end_d"][rows],
            columns["amplitude"][rows],
            columns["significance"][rows],
            columns["to_edge_d"][rows],
            is_flagged[rows],
            is_coincident[rows],
        )
        given = {label: bool(is_given[row]) for label, is_given in labels.items()}
        found[row] = strongest(own, given, ephemerides[row])
        evidence[row] = (*whose_events(own, given), *alike_dips(own))
    return found, evidence


def _ephemerides(features: pa.Table, vetting: pa.Table) -> list[Ephemeris | None]:
    """Return when each star eclipses, or has its first candidate's transits."""
    eclipse = [_numbers(vetting, f"eclipse_{name}") for name in ("period", "epoch")]
    transit = [10 ** _numbers(features, "transit_period"), _numbers(features, "transit_t0")]
    duration = _numbers(features, "transit_duration")
    found: list[Ephemeris | None] = []
    for row in range(len(features)):
        period, epoch = next(
            ((one[row], other[row]) for one, other in (eclipse, transit) if np.isfinite(one[row])),
            (np.nan, np.nan),
        )
        if not (np.isfinite(period) and np.isfinite(epoch)):
            found.append(None)
            continue
        lasts = float(duration[row]) if np.isfinite(duration[row]) else 0.0
        found.append(Ephemeris(float(period), float(epoch), lasts))
    return found
