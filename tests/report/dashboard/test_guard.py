"""The dashboard answers its own page, and writes what that page sends."""

from __future__ import annotations

import socket
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from preprocessing.core.errors import UsageError
from preprocessing.lists.star_labels import StarLabel, read_star_labels
from preprocessing.missions import MISSIONS
from preprocessing.report.dashboard.server import serving
from tests.report.dashboard.conftest import Browse
from tests.support.ranked_stars import DIPPER

pytestmark = pytest.mark.slow

_DIPPER = f"kic_{DIPPER}"
_LABEL = {"star": _DIPPER, "label": "interesting", "note": "dips"}


async def test_others_are_refused(root: Path, browse: Browse) -> None:
    """Another site's name, origin or form, a wrong token, and paths outside change nothing."""
    before = sorted(root.rglob("*"))
    async with browse(root) as browser:
        port = browser.address.rstrip("/").rpartition(":")[2]
        await browser.get("", 403, Host=f"rebound.example:{port}")
        for other in ("rebound.example", "[::1].rebound.example", "127.0.0.1:rebound.example"):
            await browser.get("api/dataset", 403, Host=other)
        for host in (f"localhost:{port}", "127.0.0.1", f"[::1]:{port}"):
            await browser.get("api/dataset", Host=host)
        await browser.post("api/labels", _LABEL, 403, Origin="http://rebound.example")
        await browser.post("api/labels", _LABEL, 403, Origin="null")
        await browser.post("api/labels", _LABEL, 403, **{"X-Xenoscan-Token": "guessed"})
        await browser.post("api/labels", _LABEL, 400, **{"Content-Type": "text/plain"})
        await browser.post("api/labels", [_LABEL], 400)
        await browser.post("api/labels", {**_LABEL, "label": "planet"}, 400)
        await browser.post("api/labels", {**_LABEL, "star": "../../x"}, 404)
        await browser.post("api/labels", {**_LABEL, "star": "kic\ud800\0"}, 404)
        await browser.post("api/labels", {**_LABEL, "note": "x" * 3000}, 400)
        await browser.post("api/labels", {**_LABEL, "note": "x" * 100_000}, 413)
        await browser.post("api/control", {"command": "pause"}, 409)
        await browser.post("api/control", {"command": "rm -rf"}, 400)
        for path in ("static/../server.py", "static/%2e%2e/server.py", "static//etc/hostname"):
            async with browser.session.get(URL(browser.address + path, encoded=True)) as answer:
                assert answer.status in (403, 404)
        async with browser.session.get(browser.address) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "script-src 'self';" in policy and "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert sorted(root.rglob("*")) == before


async def test_labels_are_kept(root: Path, browse: Browse) -> None:
    """A label is saved at once beside those of others, as `xenoscan rank --labels` reads it."""
    path = root / "labels.csv"
    others = '# by two of us\nKepler ID,label,by,note\n12,known,me,"two\nlines"\n'
    path.write_text(others)
    async with browse(root) as browser:
        await browser.post("api/labels", {**_LABEL, "note": '=1+1, "dips"\n\x1b[2J'})
        row = f'KIC {DIPPER},interesting,,"\'=1+1, ""dips"" [2J"\n'
        assert path.read_text() == others + row
        await browser.post("api/labels", {"star": "kic_11", "label": "artifact"})
        read = read_star_labels(path, MISSIONS["Kepler"])
        assert read.by_number == {
            12: StarLabel.KNOWN,
            DIPPER: StarLabel.INTERESTING,
            11: StarLabel.ARTIFACT,
        }
        assert not read.dropped
        labels = await browser.get("api/labels")
        assert labels["labels"][0] == {
            **{"star": None, "name": "KIC 12", "label": "known", "note": "two\nlines"}
        }
        assert labels["labels"][1]["note"] == '=1+1, "dips" [2J'
        assert f"--labels '{path}'" in labels["command"]
        star = await browser.get(f"api/stars/{_DIPPER}")
        assert star["label"] == {"label": "interesting", "note": '=1+1, "dips" [2J'}
        found = await browser.get("api/stars?where=label%20is%20not%20null&columns=name,label")
        assert [row["label"] for row in found["rows"]] == ["interesting", "artifact"]

        await browser.post("api/labels", {**_LABEL, "label": "unsure"})
        await browser.post("api/labels", {"star": "kic_11", "label": None, "note": ""})
        assert path.read_text() == f"{others}KIC {DIPPER},unsure,,dips\n"
        # Whoever edits the file by hand is heard too.
        path.write_text(f"star,label\n{DIPPER + 2},known\n")
        found = await browser.get("api/stars?where=label%20is%20not%20null&columns=name,label")
        assert [row["star"] for row in found["rows"]] == [f"kic_{DIPPER + 2}"]
        # As a spreadsheet writes it, and wants to find it again.
        sheet = "\ufeffstar,label,note\r\n12,known,\u00e0 revoir\r\n"
        path.write_bytes(sheet.encode())
        await browser.post("api/labels", _LABEL)
        assert path.read_bytes().decode() == f"{sheet}KIC {DIPPER},interesting,dips\r\n"
        path.write_text("no table\n")
        line = (await browser.post("api/labels", _LABEL, 400))["error"]
        assert "move it elsewhere" in line and path.read_text() == "no table\n"


async def test_labels_that_cannot_be_saved(root: Path, browse: Browse) -> None:
    """Where no file can be written, a label is answered with a line; the rest works."""
    (root / "labels.csv").mkdir()
    async with browse(root) as browser:
        line = (await browser.post("api/labels", _LABEL, 500))["error"]
        assert "labels.csv" in line and "\n" not in line
        assert (await browser.get(f"api/stars/{_DIPPER}"))["label"] is None


async def test_bound_wider(ranked_root: Path) -> None:
    """Where other machines reach the port, nothing is opened without the token."""
    async with (
        serving(ranked_root, "0.0.0.0") as address,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        path, _, query = address.partition("?")
        here = f"http://127.0.0.1:{path.rstrip('/').rpartition(':')[2]}/"
        for closed in ("", "api/dataset", "static/index.html", "?token=guessed"):
            async with session.get(here + closed) as answer:
                assert answer.status == 403
        async with session.get(f"{here}?{query}") as answer:
            # The token is no longer in the address.
            assert answer.status == 200 and str(answer.url) == here
        async with session.get(f"{here}api/dataset") as answer:
            assert answer.status == 200


async def test_a_taken_port(tmp_path: Path) -> None:
    """A port that another program has is refused in one line."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            async with serving(tmp_path, port=port):
                pass
    with pytest.raises(UsageError, match="cannot listen at"):
        async with serving(tmp_path, "192.0.2.1"):
            pass
