"""The archive that notebooks start in one line."""

from __future__ import annotations

import urllib.request

from preprocessing.simulator import synthetic_archive


def test_it_runs_while_the_block_does() -> None:
    """The archive has an address and the names of its stars, of every mission."""
    with synthetic_archive(2, k2_stars=1, tess_stars=1) as archive:
        with urllib.request.urlopen(archive.base_url, timeout=10) as answer:
            assert answer.status == 200
        assert [name.split()[0] for name in archive.targets] == ["KIC", "KIC", "EPIC", "TIC"]
        assert "4 stars" in repr(archive)


def test_it_is_started_and_stopped_in_different_cells() -> None:
    """`start` returns the running archive, and `stop` ends it."""
    archive = synthetic_archive(1, survey=True).start()
    try:
        assert archive.targets == ["KIC 950000001"]
        assert archive.base_url.startswith("http://127.0.0.1:")
    finally:
        archive.stop()
