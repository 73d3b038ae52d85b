"""A model scores a star alone as among others, and its file can be trusted."""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from preprocessing.anomalies.explanation import Explainer
from preprocessing.anomalies.model import EVENT, Model
from preprocessing.anomalies.model_file import model_digest, read_model, write_model
from preprocessing.anomalies.ranking import fit
from preprocessing.core.errors import UsageError
from preprocessing.features.schema import FEATURE_NAMES
from tests.support.ranked_stars import quiet_table

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model() -> Model:
    """A model of quiet stars."""
    return fit(quiet_table(300), None, 5, {"mission": "Kepler"}).model


def test_alone_and_among_others(model: Model) -> None:
    """One star has the same score alone, in any batch, and by a model from a file, to the bit."""
    stars = quiet_table(64, seed=9)
    together = model.score(stars)
    for row in (0, 13, 63):
        alone = model.score(stars.rows(np.array([row])))
        assert alone.score[0] == together.score[row]
        assert alone.left_score[0] == together.left_score[row]


@pytest.mark.parametrize("jobs", [2, 16])
def test_threads(model: Model, jobs: int) -> None:
    """Scores are the same to the bit at any number of threads."""
    stars = quiet_table(9000, seed=15)
    one, other = model.score(stars), model.score(stars, jobs)
    assert np.array_equal(one.score, other.score)
    assert np.array_equal(one.left_score, other.left_score)


@pytest.mark.slow
def test_without_vector_instructions(model: Model, tmp_path: Path) -> None:
    """Without numpy's vector instructions, scores are the same to 1e-6, and so is their order."""
    path, out = tmp_path / "model.npz", tmp_path / "scores.npy"
    write_model(path, model)
    script = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from preprocessing.anomalies.model_file import read_model\n"
        "from tests.support.ranked_stars import quiet_table\n"
        "np.save(sys.argv[2], read_model(Path(sys.argv[1])).score(quiet_table(200, 16)).score)\n"
    )
    core = "numpy._core" if np.__version__ >= "2" else "numpy.core"
    numpy_core: Any = importlib.import_module(f"{core}._multiarray_umath")
    there = [name for name in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__[name]]
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(there)}
    command = [sys.executable, "-c", script, str(path), str(out)]
    subprocess.run(command, check=True, env=environment, cwd=_ROOT)
    scores, plain = model.score(quiet_table(200, seed=16)).score, np.load(out)
    assert np.max(np.abs(scores - plain)) < 1e-6
    assert np.array_equal(np.argsort(scores, kind="stable"), np.argsort(plain, kind="stable"))


def test_false_alarms(model: Model) -> None:
    """About one in a hundred quiet stars that the model has not seen is flagged."""
    stars = quiet_table(2000, seed=11)
    # Those that vary more than nine of ten are not quiet.
    calm = stars.rows(stars.feature("stat_excess") < 1.28)
    is_flagged = model.score(calm).score >= model.threshold
    assert 0.003 < is_flagged.mean() < 0.05


def test_labels_explain(model: Model) -> None:
    """What a label explains counts no more; what it does not explain stays."""
    stars = quiet_table(1, seed=12).rows(np.zeros(3, np.int64))
    features = np.nan_to_num(stars.features)
    features[:, FEATURE_NAMES.index("freq_power")] = 50.0
    for name in ("shape_flare_rate", "shape_flare_amplitude"):
        features[2, FEATURE_NAMES.index(name)] = 50.0
    labels = {**stars.labels, "rotation": np.array([False, True, True])}
    stars = replace(stars, features=features, absence=np.zeros_like(stars.absence), labels=labels)
    scores = model.score(stars)
    assert scores.left_score[0] == scores.score[0]
    assert scores.left_score[1] < scores.score[1]
    assert scores.left_score[1] < scores.left_score[2]


def test_faults_and_odd_eclipses(model: Model) -> None:
    """Dips of the instrument count as observed alone; eclipses that vary are not explained."""
    stars = quiet_table(1, seed=12).rows(np.zeros(4, np.int64))
    features = np.nan_to_num(stars.features)
    features[:, FEATURE_NAMES.index("shape_dip_sigma")] = 2.5
    stars = replace(
        stars,
        features=features,
        absence=np.zeros_like(stars.absence),
        causes={**stars.causes, "instrument_dips": np.array([False, True, False, False])},
        labels={**stars.labels, "eclipses": np.array([False, False, True, True])},
        is_odd=np.array([False, False, False, True]),
    )
    scores = model.score(stars)
    assert scores.event[0] == scores.left_event[0] == pytest.approx(10**2.5)
    assert np.all(scores.left_score[[1, 2]] < scores.score[[1, 2]])
    assert np.all(scores.left_score[[0, 3]] == scores.score[[0, 3]])


def test_explanation(model: Model) -> None:
    """The feature that is far off is named first, and shares add up to the part's score."""
    stars = quiet_table(2, seed=13)
    features = stars.features.copy()
    features[0, FEATURE_NAMES.index("temp_acf_1d")] = 30.0
    scores = model.score(replace(stars, features=features, event_sigma=np.array([0.0, 1e9])))
    one, other = Explainer(model).explain(scores.scaled, scores.parts)
    assert one.features[0] == "temp_acf_1d"
    assert (other.part, other.features) == (EVENT, ())
    for part in model.parts:
        if part.name != "forest":
            shares = Explainer(model).shares(part.name, scores.scaled)
            leading = part.leading(scores.scaled)
            each = [
                part.detectors[n].score(scores.scaled[[row]])[0] for row, n in enumerate(leading)
            ]
            assert np.allclose(shares.sum(axis=1), each)


def test_file(model: Model, tmp_path: Path) -> None:
    """A model from its file is the same, and so is the file, whenever it is written."""
    path = tmp_path / "model.npz"
    write_model(path, model)
    again = read_model(path)
    assert model_digest(again) == model_digest(model)
    stars = quiet_table(20, seed=14)
    assert np.array_equal(again.score(stars).score, model.score(stars).score)


def _loops(arrays: dict[str, np.ndarray]) -> None:
    arrays["forest.0.left"][0, 0] = 0


def _points_outside(arrays: dict[str, np.ndarray]) -> None:
    arrays["forest.0.column"][0, 0] = 10_000


def _is_too_deep(arrays: dict[str, np.ndarray]) -> None:
    left, right = arrays["forest.0.left"], arrays["forest.0.right"]
    left[0, :12], right[0, :12] = np.arange(1, 13), np.arange(2, 14)


def _is_not_finite(arrays: dict[str, np.ndarray]) -> None:
    arrays["correlation.0.precision"][0, 0] = np.nan


def _is_cut(arrays: dict[str, np.ndarray]) -> None:
    arrays["neighbors.0.places"] = arrays["neighbors.0.places"][:-1]


def _is_text(arrays: dict[str, np.ndarray]) -> None:
    arrays["scaling.knots"] = np.full(arrays["scaling.knots"].shape, "x")


def _lacks_one(arrays: dict[str, np.ndarray]) -> None:
    del arrays["domain.0.columns"]


def _has_no_magnitude(arrays: dict[str, np.ndarray]) -> None:
    for name in ("level_magnitude", "level", "width"):
        arrays[f"scaling.{name}"] = arrays[f"scaling.{name}"][..., :0]


def _leaf_leads_on(arrays: dict[str, np.ndarray]) -> None:
    arrays["forest.0.right"][0, -1] = 10_000


def _leads_to_no_star(arrays: dict[str, np.ndarray]) -> None:
    arrays["forest.0.weight"][0, 1:] = 0.0


def _says(**about: Any) -> Callable[[dict[str, np.ndarray]], None]:
    def change(arrays: dict[str, np.ndarray]) -> None:
        text = {**json.loads(bytes(arrays["about"])), **about}
        arrays["about"] = np.frombuffer(json.dumps(text).encode(), np.uint8)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _loops,
        _points_outside,
        _is_too_deep,
        _is_not_finite,
        _is_cut,
        _is_text,
        _lacks_one,
        _has_no_magnitude,
        _leaf_leads_on,
        _leads_to_no_star,
        _says(about=["Kepler"]),
        _says(threshold="0x1p99999"),
        _says(parts={"forest": float("inf")}),
    ],
)
def test_a_file_that_is_wrong(
    model: Model, tmp_path: Path, change: Callable[[dict[str, np.ndarray]], None]
) -> None:
    """A file whose numbers cannot be right is refused before any of them is used."""
    path = tmp_path / "model.npz"
    write_model(path, model)
    with np.load(path) as file:
        arrays = {name: file[name].copy() for name in file.files}
    change(arrays)
    np.savez_compressed(path, **arrays)
    with pytest.raises(UsageError, match="no model that xenoscan rank wrote"):
        read_model(path)


def test_damaged_files(model: Model, tmp_path: Path) -> None:
    """A file of which a byte was lost is refused, wherever that is."""
    path = tmp_path / "model.npz"
    write_model(path, model)
    whole = path.read_bytes()
    for first in range(0, len(whole), len(whole) // 60):
        damaged = bytearray(whole)
        damaged[first : first + 40] = bytes(len(damaged[first : first + 40]))
        path.write_bytes(damaged)
        with pytest.raises(UsageError, match="no model that xenoscan rank wrote"):
            read_model(path)


def test_files_that_are_no_model(tmp_path: Path) -> None:
    """Text, an archive of something else, objects, and nothing are refused in one line."""
    objects = io.BytesIO()
    np.lib.format.write_array(objects, np.array([{}], dtype=object), allow_pickle=True)
    members = {"about.npy": objects.getvalue(), "readme.txt": b"hello"}
    for name, content in members.items():
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(name, content)
    (tmp_path / "text").write_text("a model")
    for name in (*members, "text", "nothing"):
        with pytest.raises(UsageError) as caught:
            read_model(tmp_path / name)
        assert len(str(caught.value).splitlines()) == 1
