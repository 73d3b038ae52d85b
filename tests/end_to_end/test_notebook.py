"""The package works in a real Jupyter kernel."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from preprocessing import open_dataset
from tests.support.scraping import wait_until

_ROOT = Path(__file__).resolve().parents[2]

_START = """
import sys
sys.path.insert(0, {root!r})
import asyncio
from preprocessing import AsyncDownloader, download, open_dataset
from preprocessing.simulator import synthetic_archive
assert asyncio.get_running_loop().is_running()
archive = synthetic_archive(stars={stars}).start()
"""


class _ThisPython(AsyncKernelManager):
    """The kernel of this environment, whatever others the user has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        launcher = (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")
        return KernelSpec(argv=[*launcher], language="python", interrupt_mode="signal")


def _client(folder: Path, *sources: str) -> NotebookClient:
    new_cell, new_notebook = nbformat.v4.new_code_cell, nbformat.v4.new_notebook
    notebook = new_notebook(cells=[new_cell(source) for source in sources])  # type: ignore[no-untyped-call]
    return NotebookClient(
        notebook,
        kernel_manager_class=_ThisPython,
        timeout=120,
        resources={"metadata": {"path": str(folder)}},
    )


def _text(cell: Any) -> str:
    return "".join(output.get("text", "") for output in cell.outputs if "text" in output)


@pytest.mark.slow
def test_cells_download_and_read(tmp_path: Path) -> None:
    """A blocking call, an awaited one, the asynchronous class and the bar all work in cells."""
    client = _client(
        tmp_path,
        _START.format(root=str(_ROOT), stars=3),
        "outcomes = download(archive.targets, 'plain', archive=archive.base_url, progress=True)\n"
        "print([str(outcome.reason) for outcome in outcomes])",
        "outcomes = await download(archive.targets[0], 'awaited', archive=archive.base_url)\n"
        "print([outcome.target_id for outcome in outcomes])",
        "downloader = AsyncDownloader('class', archive=archive.base_url)\n"
        "outcomes, ticked = await asyncio.gather(\n"
        "    downloader.download_batch(archive.targets[:2]), asyncio.sleep(0, 'ticked'))\n"
        "print(len(outcomes), ticked)",
        "cadences, flux = open_dataset('plain').stack()\nprint(flux.shape == (3, len(cadences)))",
        "archive.stop()",
    )
    client.execute()
    _, plain, awaited, asynchronous, stacked, _ = client.nb.cells
    assert "['complete', 'complete', 'complete']" in _text(plain)
    bar = _text(plain) + "".join(str(output.get("data", "")) for output in plain.outputs)
    assert "100% ok" in bar or "3/3" in bar
    assert "['KIC 900000001']" in _text(awaited)
    assert "2 ticked" in _text(asynchronous)
    assert "True" in _text(stacked)
    assert "Warning" not in "".join(map(_text, client.nb.cells))


@pytest.mark.slow
@pytest.mark.parametrize("call", ["download", "await download"])
async def test_the_stop_button_ends_the_run_in_order(call: str, tmp_path: Path) -> None:
    """Interrupted, a cell raises KeyboardInterrupt, what was done is kept, and the kernel lives."""
    arguments = "(archive.targets, 'stars', archive=archive.base_url, max_workers=1)"
    client = _client(
        tmp_path,
        _START.format(root=str(_ROOT), stars=10),
        f"try:\n    {call}{arguments}\n    print('ended')\nexcept KeyboardInterrupt:\n"
        "    print('interrupted')",
        "print(len(open_dataset('stars')))\narchive.stop()",
    )
    lightcurves = tmp_path / "stars" / "lightcurves"

    async def interrupt() -> None:
        await asyncio.to_thread(wait_until, lambda: len(list(lightcurves.glob("*.fits"))) >= 2)
        assert isinstance(client.km, _ThisPython)
        await client.km.interrupt_kernel()

    await asyncio.gather(client.async_execute(), interrupt())
    _, interrupted, counted = client.nb.cells
    assert "interrupted" in _text(interrupted)
    assert 2 <= int(_text(counted)) < 10
    assert len(open_dataset(tmp_path / "stars").outcomes) == int(_text(counted))
