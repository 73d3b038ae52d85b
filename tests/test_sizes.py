"""No module and no function is too long to be read in one go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = {"module": 500, "function": 60}


def sizes(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield kind, name and lines of a module and of its functions, docstrings left out."""
    text = path.read_text(encoding="utf-8")
    name = str(path.relative_to(ROOT))
    yield "module", name, len(text.splitlines())
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            first = node.body[0]
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            skipped = body[0].lineno - first.lineno
            yield "function", f"{name}:{node.name}", node.end_lineno - node.lineno + 1 - skipped


@pytest.mark.slow
def test_sizes() -> None:
    """No module has more than 500 lines, and no function more than 60 without its docstring."""
    folders = ("preprocessing", "scripts", "benchmarks", "tests")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    too_long = {
        name: lines
        for path in paths
        for kind, name, lines in sizes(path)
        if lines > MOST_LINES[kind]
    }
    assert too_long == {}
