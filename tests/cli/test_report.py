"""``xenoscan report`` as its users run it."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from preprocessing.cli.call import Call
from preprocessing.cli.command_record import record_command
from preprocessing.cli.main import main
from preprocessing.features.table.store import feature_tables
from preprocessing.missions import MISSIONS
from preprocessing.report.figures import figures_of
from preprocessing.report.sources import read_sources
from preprocessing.tables.value_tables import table_of_rows, write_table
from preprocessing.validation.schema import VALIDATION_KEY, VALIDATION_VERSION
from preprocessing.validation.table.columns import COLUMNS_OF
from preprocessing.vetting.table.store import vetting_tables
from tests.support.feature_stars import rows_of
from tests.support.ranked_stars import DIPPER, write_ranking, write_tables

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set that is ranked."""
    root = tmp_path_factory.mktemp("reported")
    write_tables(root)
    write_ranking(root)
    write_validation(root)
    write_candidate(root)
    call = Call("xenoscan rank", (str(root), "--seed", "7", "a b"), (), ())
    record_command(root, "rank", call, 0, 12.5)
    return root


@pytest.fixture(scope="module")
def methods(ranked: Path) -> Path:
    """The report about it."""
    folder = ranked.parent / "methods"
    assert main(["report", str(ranked), "--methods", str(folder), "--quiet"]) == 0
    return folder


def test_latex_takes_it(methods: Path, tmp_path: Path) -> None:
    """A paper includes the text: all fits its page, and no reference is lost."""
    if shutil.which("pdflatex") is None or shutil.which("bibtex") is None:
        pytest.skip("LaTeX is not installed")
    paper = Path(shutil.copytree(methods, tmp_path / "paper"))
    (paper / "paper.tex").write_text(
        # As wide as both columns of the AAS journals.
        "\\documentclass{article}\\usepackage[textwidth=180mm]{geometry}"
        "\\usepackage{graphicx,natbib}\\begin{document}\\input{methods}"
        "\\bibliographystyle{plainnat}\\bibliography{references}\\end{document}"
    )
    latex = ["pdflatex", "-interaction=nonstopmode", "paper"]
    for program in (latex, ["bibtex", "paper"], latex, latex):
        subprocess.run(program, cwd=paper, capture_output=True, timeout=120, check=True)
    log = (paper / "paper.log").read_text(errors="replace")
    assert "undefined" not in log
    assert "too large" not in log
    assert "Overfull" not in log


def write_validation(root: Path) -> None:
    """Write the tables of a validation of few invented trials."""
    share = {"n_right_class": 9, "right_class_rate": 0.9}
    own = {"set": "injected", "strength": "strong", "class": "transit", "trials": 10}
    cell = {
        "set": "planets",
        "period_d_low": 1.0,
        "period_d_high": 2.0,
        "depth_ppm_low": 10.0,
        "trials": 5,
    }
    rows: dict[str, list[dict[str, Any]]] = {
        "validation_recall": [{**own, **share}],
        "validation_classes": [
            {**own, "class_found": "transit", "trials": 9},
            {**own, "class_found": "unexplained", "trials": 1},
        ],
        "validation_completeness": [
            {**cell, "depth_ppm_high": 30.0, "n_recovered": 4},
            {**cell, "depth_ppm_high": None, "n_recovered": 4},
            {**cell, "depth_ppm_high": 30.0, "n_recovered": None},
            {**cell, "period_d_low": 0.0, "period_d_high": 1.0, "depth_ppm_high": 30.0}
            | {"trials": 3, "n_recovered": 1},
        ],
    }
    model = pq.read_schema(root / "ranking.parquet").metadata[b"model_sha256"].decode()
    own_about = {"trials": "10", "seed": "3", "model_sha256": model}
    about = {VALIDATION_KEY: VALIDATION_VERSION, **own_about}
    for name, columns in COLUMNS_OF.items():
        whole = [{c.name: row.get(c.name) for c in columns} for row in rows.get(name, [])]
        with (root / f"{name}.parquet").open("wb") as stream:
            write_table(stream, table_of_rows(whole, columns, about))


def write_candidate(root: Path) -> None:
    """Write one candidate of the star that dims, which vetting took for a binary."""
    mission = MISSIONS["Kepler"]
    own = {"kic": DIPPER, "name": f"KIC {DIPPER}", "fits_file": f"KIC_{DIPPER}.fits", "number": 1}
    for tables, row in (
        (feature_tables(root), {**own, "period_d": 3.0, "depth": 500.0}),
        (vetting_tables(root), {**own, "disposition": "eclipse", "depth": 0.0005}),
    ):
        kind = next(one for one in tables.kinds if one.name in ("candidates", "dispositions"))
        columns = kind.columns(mission)
        whole = {column.name: row.get(column.name) for column in columns}
        with tables.path(kind.name).open("wb") as stream:
            write_table(stream, table_of_rows([whole], columns, tables.about(mission)))


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table of the report."""
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_numbers_are_those_of_the_tables(ranked: Path, methods: Path) -> None:
    """Counts, the strangest star and the text agree with the tables of the data set."""
    ranking = rows_of(ranked / "ranking.parquet")
    classes = csv_rows(methods / "tables/classes.csv")
    assert sum(int(row["stars"]) for row in classes) == len(ranking)
    flagged = sum(row["is_flagged"] for row in ranking)
    assert sum(int(row["flagged"]) for row in classes) == flagged
    first = csv_rows(methods / "tables/strangest.csv")[0]
    assert (first["star"], first["class"]) == (f"KIC {DIPPER}", "irregular dips")
    measured = {row["feature"]: row for row in csv_rows(methods / "tables/features.csv")}
    known = [row["stat_dip"] for row in rows_of(ranked / "features.parquet")]
    assert float(measured["stat_dip"]["50 %"]) == pytest.approx(float(np.median(known)))
    assert "no\\_events" in (methods / "tables/features.tex").read_text()
    assert "The sample has 150 light curves" in (methods / "methods.tex").read_text()


def test_validation_is_reported(methods: Path) -> None:
    """Recalls, the confusion matrix and the recovered planets are those of the validation."""
    (recall,) = csv_rows(methods / "tables/validation_recall.csv")
    assert (recall["class"], float(recall["right_class_rate"])) == ("transit", 0.9)
    (found,) = csv_rows(methods / "tables/validation_classes_injected_strong.csv")
    assert found == {"class": "transit", "transit": "9", "unexplained": "1"}
    text = (methods / "methods.tex").read_text()
    assert "up to 10 a class or set, with the seed 3" in text
    assert "Share of 8 planets that are recovered" in text


def test_provenance(ranked: Path, methods: Path) -> None:
    """The report names the digest of each table, the seed, and the command as it was given."""
    found = json.loads((methods / "provenance.json").read_text())
    content = (ranked / "ranking.parquet").read_bytes()
    assert found["inputs"]["ranking.parquet"]["sha256"] == sha256(content).hexdigest()
    assert found["seeds"]["ranking model_seed"] == "7"
    assert found["seeds"]["validation_recall seed"] == "3"
    (command,) = found["commands"]
    assert command["command"] == f"xenoscan rank {ranked} --seed 7 'a b'"
    assert found["packages"].keys() >= {"xenoscan", "Python", "numpy", "scikit-learn"}


def test_the_text_is_whole(methods: Path) -> None:
    """What the text refers to, cites and includes is there, and its braces match."""
    text = (methods / "methods.tex").read_text()
    for name in re.findall(r"\\input\{([^}]+)\}", text):
        text += (methods / f"{name}.tex").read_text()
    labels = set(re.findall(r"\\label\{([^}]+)\}", text))
    assert set(re.findall(r"\\ref\{([^}]+)\}", text)) <= labels
    entries = set(re.findall(r"^@\w+\{([^,]+),", (methods / "references.bib").read_text(), re.M))
    assert set(re.findall(r"\\cite[pt]\{([^}]+)\}", text)) <= entries
    pictures = re.findall(r"\\includegraphics\[[^]]*\]\{([^}]+)\}", text)
    assert pictures == [
        f"figures/{one}.pdf" for one in ("noise", "candidates", "scores", "completeness")
    ]
    assert r"40 \% \& more\_dips" in text
    assert all((methods / name).read_bytes().startswith(b"%PDF") for name in pictures)
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")


def test_the_same_tables_give_the_same_bytes(ranked: Path, methods: Path, tmp_path: Path) -> None:
    """A second report of the same tables has the same bytes, figures among them."""
    assert main(["report", str(ranked), "--methods", str(tmp_path), "--quiet"]) == 0
    written = {p.relative_to(methods) for p in methods.rglob("*.*")}
    assert written == {p.relative_to(tmp_path) for p in tmp_path.rglob("*.*")}
    assert all((methods / p).read_bytes() == (tmp_path / p).read_bytes() for p in written)


def test_candidates_are_drawn_in_parts_per_million(ranked: Path) -> None:
    """The figure of candidates has the depth of their own table, which is in parts per million."""
    figure = next(one for one in figures_of(read_sources(ranked)) if one.name == "candidates")
    axes = Figure().add_subplot()
    figure.draw(axes)
    drawn = [np.asarray(line.get_xydata(), np.float64) for line in axes.lines]
    np.testing.assert_array_equal(np.concatenate(drawn), [[3.0, 500.0]])


def test_every_planet_that_is_counted_is_drawn(ranked: Path) -> None:
    """Bins that begin at zero are in the figure too, though its axes are logarithmic."""
    figure = next(one for one in figures_of(read_sources(ranked)) if one.name == "completeness")
    axes = Figure().add_subplot()
    figure.draw(axes)
    shown = {one.get_text(): one.xy for one in axes.texts if isinstance(one, Annotation)}
    assert shown.keys() == {"0.80\n5", "0.33\n3"}
    assert axes.get_xlim()[0] < shown["0.33\n3"][0] < 1


def test_a_validation_of_another_ranking_is_refused(
    ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers of a former ranking never stand beside those of the present one."""
    root = Path(shutil.copytree(ranked, tmp_path / "again"))
    path = root / "ranking.parquet"
    table = pq.read_table(path)
    about = {**table.schema.metadata, b"model_sha256": b"0"}
    pq.write_table(table.replace_schema_metadata(about), path)
    assert main(["report", str(root), "--methods", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "is of another ranking than ranking.parquet: run xenoscan validate" in line
    path = root / "validation_known.parquet"
    table = pq.read_table(path)
    about = {**table.schema.metadata, b"made_from": b"0"}
    pq.write_table(table.replace_schema_metadata(about), path)
    assert main(["report", str(root), "--methods", str(tmp_path / "out")]) == 2
    assert "are of several runs" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_stages_that_were_not_run_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a ranking, the report has features and labels, and the run says what it lacks."""
    write_tables(tmp_path, n=3)
    assert main(["report", str(tmp_path), "--methods", str(tmp_path / "out")]) == 0
    assert "lacks what xenoscan rank would have written" in capsys.readouterr().out
    names = {path.stem for path in (tmp_path / "out/tables").iterdir()}
    assert {"features", "labels"} <= names
    assert not names & {"classes", "strangest", "baseline"}


def test_what_cannot_be_reported(
    ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables that are missing, damaged, foreign or of other light curves are refused in a line."""
    out = tmp_path / "out"

    def refused(root: Path) -> str:
        assert main(["report", str(root), "--methods", str(out)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert not out.exists()
        return str(line)

    assert "there is no folder" in refused(tmp_path / "nowhere")
    assert "has no features.parquet: run xenoscan features" in refused(tmp_path)
    write_tables(tmp_path / "few", n=140)
    shutil.copy(ranked / "ranking.parquet", tmp_path / "few")
    assert "baseline.parquet is not there" in refused(tmp_path / "few")
    shutil.copy(ranked / "baseline.parquet", tmp_path / "few")
    assert "is not of the light curves" in refused(tmp_path / "few")
    shutil.copy(ranked / "features.parquet", tmp_path / "few/ranking.parquet")
    assert "ranking.parquet is not this program's" in refused(tmp_path / "few")
    (tmp_path / "few/ranking.parquet").write_bytes(b"PAR1 and no more")
    assert "is damaged" in refused(tmp_path / "few")
