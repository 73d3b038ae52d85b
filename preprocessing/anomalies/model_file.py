"""A model as a file of plain arrays, which is safe to load whoever made it.

Numbers alone are stored, in numpy's format without pickled objects, and a text that says what they
are. What is read is checked before it is used: sizes, types, and that every path through a tree
ends. A pickle could run any program, and a library's own format ties a model to its release.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.ellipsoids import Ellipsoid
from preprocessing.anomalies.forest import Forest
from preprocessing.anomalies.model import Model
from preprocessing.anomalies.neighbors import Neighbors
from preprocessing.anomalies.parts import PARTS, Detector, Part
from preprocessing.anomalies.scaling import N_KNOTS, Scaling
from preprocessing.anomalies.schema import RANKING_VERSION
from preprocessing.anomalies.star_table import Floats
from preprocessing.anomalies.tails import Tail
from preprocessing.core.errors import UsageError
from preprocessing.system.atomic import replacing

__all__ = ["model_digest", "read_model", "write_model"]

#: Bytes of a file, and of all its arrays together; ours have a tenth of it.
_LARGEST_FILE, _LARGEST_ARRAYS = 200_000_000, 400_000_000
_MOST_ARRAYS = 200
_ABOUT = "about"
_FORMAT = "xenoscan ranking model"
#: How the arrays of a file may be packed.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: What reading a file may raise that is damaged, or made to do harm: by the archive, by the header
#: of an array, and by a text that is not as expected.
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
_Arrays = dict[str, NDArray[Any]]


def write_model(path: Path, model: Model) -> None:
    """Write a model, whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    model : Model
        The model.
    """
    with replacing(path) as stream:
        stream.write(_bytes(model))


def model_digest(model: Model) -> str:
    """Return the SHA-256 of a model's file."""
    return hashlib.sha256(_bytes(model)).hexdigest()


def read_model(path: Path) -> Model:
    """Read a model.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Model

    Raises
    ------
    UsageError
        The file is not there, no model, of another version, or not as this program writes them.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UsageError(f"{path} is too large to be a model of xenoscan rank")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the model {path}: {error.strerror}") from error
    try:
        arrays = _arrays(data)
        about = json.loads(bytes(_taken(arrays, _ABOUT, np.uint8, 1)))
        return _model(about, arrays, path)
    except _UNREADABLE as error:
        raise UsageError(
            f"{path} is no model that xenoscan rank wrote, or it is damaged ({error})"
        ) from error


def _bytes(model: Model) -> bytes:
    arrays: _Arrays = {
        "scaling.knots": model.scaling.knots,
        "scaling.level_magnitude": model.scaling.level_magnitude,
        "scaling.level": model.scaling.level,
        "scaling.width": model.scaling.width,
        "scaling.absent": model.scaling.absent,
        "scaling.absent_normal": model.scaling.absent_normal,
        **_of_tail("events", model.events),
    }
    for part in model.parts:
        for number, (detector, tail) in enumerate(zip(part.detectors, part.tails, strict=True)):
            name = f"{part.name}.{number}"
            arrays.update(_of_tail(name, tail))
            arrays.update({f"{name}.{key}": one for key, one in _of_detector(detector).items()})
    about = {
        "format": _FORMAT,
        "version": RANKING_VERSION,
        "about": dict(model.about),
        "features": model.feature_names,
        "threshold": model.threshold.hex(),
        "parts": {part.name: len(part.detectors) for part in model.parts},
    }
    arrays[_ABOUT] = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
    stream = io.BytesIO()
    # Not numpy's savez, which writes the time of day into the file.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), version=(1, 0))
            info = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return stream.getvalue()


def _of_tail(name: str, tail: Tail) -> _Arrays:
    return {
        f"{name}.tail.scores": tail.scores,
        f"{name}.tail.rarity": tail.rarity,
        f"{name}.tail.step": np.array([tail.step]),
    }


def _of_detector(detector: Detector) -> _Arrays:
    if isinstance(detector, Neighbors):
        return {"places": detector.places}
    if isinstance(detector, Ellipsoid):
        return {"columns": detector.columns, "precision": detector.precision}
    names = ("left", "right", "column", "cut", "depth", "weight")
    return {name: getattr(detector, name) for name in names}


def _arrays(data: bytes) -> _Arrays:
    """Return the arrays of a file, none of which can be an object."""
    found: _Arrays = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > _MOST_ARRAYS or sum(one.file_size for one in members) > _LARGEST_ARRAYS:
            raise ValueError("it has too many numbers")
        for member in members:
            if not member.filename.endswith(".npy") or member.compress_type not in _PACKED:
                raise ValueError(f"it has a file {member.filename!r}")
            found[member.filename.removesuffix(".npy")] = _array(archive.read(member))
    return found


def _array(data: bytes) -> NDArray[Any]:
    """Return the array of a file, which is as large as its header says, and no object."""
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("its arrays are of another version")
    shape, is_fortran, kind = np.lib.format.read_array_header_1_0(stream)
    rest = data[stream.tell() :]
    if kind.hasobject or is_fortran or len(rest) != math.prod(shape) * kind.itemsize:
        raise ValueError("an array is not as its header says")
    return np.frombuffer(rest, kind).reshape(shape)


def _model(about: Mapping[str, Any], arrays: _Arrays, path: Path) -> Model:
    if about["format"] != _FORMAT:
        raise ValueError("it says that it is something else")
    if about["version"] != RANKING_VERSION:
        raise UsageError(
            f"{path} is of version {about['version']} of the ranking, and this is version"
            f" {RANKING_VERSION}: make the model again with xenoscan rank"
        )
    names = tuple(str(name) for name in about["features"])
    scaling = _scaling(arrays, len(names))
    parts = tuple(
        _part(name, int(about["parts"][name]), arrays, scaling.n_columns) for name in PARTS
    )
    own = {str(key): str(value) for key, value in about["about"].items()}
    threshold = float.fromhex(about["threshold"])
    if not np.isfinite(threshold):
        raise ValueError("its threshold is no number")
    return Model(own, names, scaling, parts, _tail(arrays, "events"), threshold)


def _scaling(arrays: _Arrays, n_features: int) -> Scaling:
    knots = _floats(arrays, "scaling.knots", 2)
    magnitude = _floats(arrays, "scaling.level_magnitude", 1)
    level, width = (_floats(arrays, f"scaling.{name}", 2) for name in ("level", "width"))
    absent = _taken(arrays, "scaling.absent", np.int32, 1)
    normal = _floats(arrays, "scaling.absent_normal", 2)
    _require(
        knots.shape == (n_features, N_KNOTS)
        and len(magnitude) > 0
        and level.shape == width.shape == (n_features, len(magnitude))
        and bool(np.all(width > 0))
        and normal.shape == (len(absent), 2)
        and bool(np.all(np.diff(knots, axis=1) > 0))
        and bool(np.all(np.diff(magnitude) > 0))
        and _is_within(absent, n_features),
        "its scale",
    )
    return Scaling(knots, magnitude, level, width, absent, normal)


def _part(name: str, count: int, arrays: _Arrays, n_columns: int) -> Part:
    _require(0 < count < _MOST_ARRAYS, f"the number of its {name}")
    names = [f"{name}.{number}" for number in range(count)]
    detectors = tuple(_detector(name, one, arrays, n_columns) for one in names)
    return Part(name, detectors, tuple(_tail(arrays, one) for one in names))


def _detector(part: str, name: str, arrays: _Arrays, n_columns: int) -> Detector:
    if part == "neighbors":
        places = _floats(arrays, f"{name}.places", 2)
        _require(len(places) == n_columns and places.shape[1] > 0, "its quiet stars")
        return Neighbors(np.ascontiguousarray(places))
    if part == "forest":
        return _forest(name, arrays, n_columns)
    columns = _taken(arrays, f"{name}.columns", np.int32, 1)
    precision = _floats(arrays, f"{name}.precision", 2)
    _require(
        _is_within(columns, n_columns) and precision.shape == (len(columns), len(columns)),
        "its correlations",
    )
    return Ellipsoid(columns, np.ascontiguousarray(precision))


def _forest(name: str, arrays: _Arrays, n_columns: int) -> Forest:
    left, right, column = (
        np.ascontiguousarray(_taken(arrays, f"{name}.{key}", np.int32, 2))
        for key in ("left", "right", "column")
    )
    cut, depth, weight = (
        np.ascontiguousarray(_floats(arrays, f"{name}.{key}", 2))
        for key in ("cut", "depth", "weight")
    )
    shape = left.shape
    _require(
        all(one.shape == shape for one in (right, column, cut, depth, weight)) and left.size > 0,
        "its trees",
    )
    # Each cut leads to later nodes alone, so that every path ends, and a leaf leads nowhere.
    node = np.arange(shape[1])
    is_cut = left >= 0
    is_right = (left > node) & (right > node) & (left < shape[1]) & (right < shape[1])
    _require(bool(np.all(np.where(is_cut, is_right, right < 0))), "the cuts of its trees")
    # A tree is explained up to its last node with stars: each node of a path must have some.
    tree = np.arange(len(left))[:, None]
    for side in (left, right):
        has_stars = weight[tree, np.where(is_cut, side, 0)] > 0
        _require(bool(np.all(has_stars | ~is_cut)), "the stars of its trees")
    _require(_is_within(column, n_columns), "the columns of its trees")
    _require(bool(np.all(weight[:, 0] > 2)), "the sizes of its trees")
    forest = Forest(left, right, column, cut, depth, weight, n_columns)
    # Made here, since it fails if a path is too long.
    _ = forest.paths
    return forest


def _tail(arrays: _Arrays, name: str) -> Tail:
    scores = _floats(arrays, f"{name}.tail.scores", 1)
    rarity = _floats(arrays, f"{name}.tail.rarity", 1)
    step = _floats(arrays, f"{name}.tail.step", 1)
    _require(
        len(scores) == len(rarity) > 0
        and bool(np.all(np.diff(scores) > 0))
        and len(step) == 1
        and step[0] > 0,
        f"the tail of {name}",
    )
    return Tail(scores, rarity, float(step[0]))


def _floats(arrays: _Arrays, name: str, n_dimensions: int) -> Floats:
    found: Floats = _taken(arrays, name, np.float64, n_dimensions)
    _require(bool(np.all(np.isfinite(found))), f"{name}: a number is not finite")
    return found


def _taken(arrays: _Arrays, name: str, kind: type, n_dimensions: int) -> NDArray[Any]:
    found = arrays[name]
    _require(found.dtype == kind and found.ndim == n_dimensions, f"the kind of {name}")
    return found


def _is_within(numbers: NDArray[np.int32], count: int) -> bool:
    return bool(np.all((numbers >= 0) & (numbers < count)))


def _require(is_right: bool, what: str) -> None:
    if not is_right:
        raise ValueError(f"{what} cannot be right")
