"""Write the table of the mission's clock, from what downloads gathered."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from preprocessing.core.clock import Clock, Clocks, extended
from preprocessing.core.clock_key import ClockKey
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.fits.clock_files import clock_files, read_clock_file
from preprocessing.missions import Mission
from preprocessing.system.atomic import replacing
from preprocessing.tables.clock_table import ClockTable, write_clocks

__all__ = ["rebuilt_clocks", "update_clock"]

#: Clocks that are kept while files are checked.
_KEPT_CLOCKS = 100


def update_clock(root: Path, mission: Mission, *, is_damaged: bool) -> int:
    """Add what downloads gathered to the table of the clock; what it says already stays.

    So light curves that are packed need not be packed again.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    mission : Mission
        The mission.
    is_damaged : bool
        Whether the table is known to be damaged, and is to be written again.

    Returns
    -------
    int
        Cadences that have no time, for files of two stars disagree about them.

    Raises
    ------
    CorruptProduct
        The table is damaged.
    OSError
        The file system cannot read or write.
    """
    path, gathered = PackedFolder(root).clock, _Gathered(DatasetFolder(root).clocks)
    is_sound = path.exists() and not is_damaged
    known: Clocks = ClockTable(path) if is_sound else rebuilt_clocks(root)
    together = _Together(known, gathered)
    keys = sorted(key for key in together.clock_keys() if key.mission == mission.name)
    if not is_sound or any(together.clock(key) is not known.clock(key) for key in keys):
        with replacing(path) as stream:
            write_clocks(stream, mission, keys, together)
    return gathered.n_disputed


def rebuilt_clocks(root: Path) -> Clocks:
    """Return the clocks of a data set whose table is damaged: gathered ones, and what is sound.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """
    gathered = _Gathered(DatasetFolder(root).clocks)
    return _Together(gathered, _Sound(ClockTable(PackedFolder(root).clock)))


class _Gathered:
    """The clocks that downloads gathered. Damaged files count as not there."""

    def __init__(self, folder: Path) -> None:
        self._paths: dict[ClockKey, Path] = {}
        self.n_disputed = 0
        for path in clock_files(folder):
            with suppress(CorruptProduct):
                key, clock = read_clock_file(path)
                self._paths[key] = path
                self.n_disputed += clock.n_disputed

    def clock_keys(self) -> Iterable[ClockKey]:
        return self._paths.keys()

    def clock(self, key: ClockKey) -> Clock | None:
        return read_clock_file(self._paths[key])[1] if key in self._paths else None


class _Sound:
    """What can be read of a table."""

    def __init__(self, table: ClockTable) -> None:
        self._table = table

    def clock_keys(self) -> Iterable[ClockKey]:
        with suppress(CorruptProduct):
            return self._table.clock_keys()
        return ()

    def clock(self, key: ClockKey) -> Clock | None:
        with suppress(CorruptProduct):
            return self._table.clock(key)
        return None


class _Together:
    """Clocks, and what others add to them."""

    def __init__(self, known: Clocks, others: Clocks) -> None:
        self._known = known
        self._others = others
        self.clock = lru_cache(_KEPT_CLOCKS)(self._clock)

    def clock_keys(self) -> Iterable[ClockKey]:
        return {*self._known.clock_keys(), *self._others.clock_keys()}

    def _clock(self, key: ClockKey) -> Clock | None:
        return extended(self._known.clock(key), self._others.clock(key))
