"""The archive's files are made once, and again if the program would make others."""

from __future__ import annotations

from pathlib import Path

from benchmarks.mirror import make_mirror


def test_files_of_an_older_version_are_made_again(tmp_path: Path) -> None:
    """A star whose file has the size but not the bytes that it should have is made again."""
    mirror = make_mirror(tmp_path, n_stars=1, quarters=2)
    (star,) = mirror.products.values()
    path = min((mirror.path(product) for product in star), key=lambda path: path.stat().st_size)
    made = path.read_bytes()
    path.write_bytes(made[:-1] + b"x")
    make_mirror(tmp_path, n_stars=1, quarters=2)
    assert path.read_bytes() == made
