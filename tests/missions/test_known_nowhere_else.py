"""Missions, their catalogs and authors are named in their own folders and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import preprocessing
from preprocessing.missions import MISSIONS

_ROOT = Path(preprocessing.__file__).parent
#: Synthetic stars are a model of the real telescopes: see its docstring.
_MAY_KNOW = (_ROOT / "missions", _ROOT / "simulator" / "synthesis")
_MODULES = [
    path
    for path in sorted(_ROOT.rglob("*.py"))
    if not any(folder in path.parents for folder in _MAY_KNOW)
]
_FOLDERS = {"kepler", "k2", "tess"}
_PREFIXES = tuple(f"preprocessing.missions.{folder}." for folder in sorted(_FOLDERS))
_WORDS = {
    word.lower()
    for mission in MISSIONS.values()
    for word in (
        mission.name,
        mission.catalog,
        mission.number_keyword,
        *mission.name_prefixes,
        *mission.id_columns,
        *(author.name for author in mission.authors),
        *(author.file_prefix for author in mission.authors),
    )
}


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _texts(tree: ast.Module) -> Iterator[str]:
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            assert isinstance(node, ast.Constant) and isinstance(node.value, str)
            yield node.value


@pytest.mark.slow
def test_no_other_module_knows_a_mission() -> None:
    """No module outside the missions' folders imports one of these or spells a mission's name."""
    knowing = {}
    for path in _MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [name for name in _imports(tree) if f"{name}.".startswith(_PREFIXES)]
        spelled = [text for text in _texts(tree) if text.strip().lower() in _WORDS]
        if imported or spelled:
            knowing[str(path.relative_to(_ROOT))] = imported + spelled
    assert knowing == {}


def test_every_mission_has_a_folder() -> None:
    """The folders that nobody else imports are those of the missions."""
    found = {path.parent.name for path in (_ROOT / "missions").glob("*/__init__.py")}
    assert found == _FOLDERS == {name.lower() for name in MISSIONS}
