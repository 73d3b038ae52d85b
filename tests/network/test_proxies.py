"""The environment's proxies are read as other clients read them, and named when they fail."""

from __future__ import annotations

import pytest
from yarl import URL

from preprocessing.core.errors import ArchiveError, UsageError
from preprocessing.network.http_client import HttpClient
from preprocessing.network.proxies import Proxies
from preprocessing.network.transfer import Transfer
from tests.support.raw_server import http_answer, raw_server, said


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "ws", "wss", "no", "all"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_PROXY".upper(), raising=False)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("http://proxy.example:3128/", "http://proxy.example:3128"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("  127.0.0.1:9 ", "http://127.0.0.1:9"),
        ("proxy", "http://proxy"),
        ("https://proxy.example", "https://proxy.example"),
    ],
)
def test_a_proxy_needs_no_scheme(monkeypatch: pytest.MonkeyPatch, text: str, address: str) -> None:
    """A proxy without a scheme is taken for one of HTTP, as curl takes it."""
    monkeypatch.setenv("https_proxy", text)
    proxies = Proxies.of_environment()
    proxy = proxies.of(URL("https://mast.stsci.edu/api"))
    assert proxy is not None
    assert proxy.url == URL(address)
    assert str(proxy) == f"the proxy {URL(address)} (https_proxy)"
    assert proxies.of(URL("http://mast.stsci.edu/")) is None


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_password_is_sent_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """User name and password go to the proxy, not into messages."""
    async with raw_server(said(http_answer(b"", status="403 Forbidden"))) as (proxy, requests):
        address = proxy.removeprefix("http://")
        monkeypatch.setenv(f"{scheme}_proxy".upper(), f"me:%73ecret@{address}")
        async with HttpClient(1) as http:
            with pytest.raises(ArchiveError, match="403") as refused:
                await http.get_text(f"{scheme}://archive.example/", Transfer())
    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0" in requests[0]
    shown = f"{refused.value} {Proxies.of_environment()!r} {Proxies.of_environment().by_scheme}"
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("proxy.example:3128", "the proxy http://proxy.example:3128 (ALL_PROXY)"),
        ("socks5://proxy.example:1080", "None"),
    ],
)
def test_a_proxy_for_everything(monkeypatch: pytest.MonkeyPatch, text: str, shown: str) -> None:
    """The variable ALL_PROXY counts where there is no other, unless its proxy is of SOCKS."""
    monkeypatch.setenv("ALL_PROXY", text)
    url = URL("https://mast.stsci.edu/api")
    assert str(Proxies.of_environment().of(url)) == shown
    monkeypatch.setenv("https_proxy", "other.example")
    assert str(Proxies.of_environment().of(url)) == "the proxy http://other.example (https_proxy)"


def test_hosts_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable no_proxy is obeyed."""
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("no_proxy", "stsci.edu")
    assert Proxies.of_environment().of(URL("https://mast.stsci.edu/api")) is None


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("https_proxy", "socks5://me:secret@host:1080", "https_proxy=socks5://host:1080: only"),
        ("http_proxy", "http://", "http_proxy=http:// names no proxy"),
        ("http_proxy", "http://me:secret@", "http_proxy= is not the address"),
        ("HTTP_PROXY", "http://me:secret@host:99999", "HTTP_PROXY=host:99999 is not the address"),
        ("https_proxy", "http://[::1", "https_proxy=http://[::1 is not the address of a proxy"),
    ],
)
async def test_what_is_no_proxy(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, said: str
) -> None:
    """A variable that names no proxy is refused in one line, without its password."""
    monkeypatch.setenv(variable, text)
    with pytest.raises(UsageError) as refused:
        async with HttpClient(1):
            pass
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "127.0.0.1:9"])
@pytest.mark.parametrize("url", ["http://archive.example/", "https://archive.example/"])
async def test_a_dead_proxy_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str, url: str) -> None:
    """A proxy that does not answer is named with its variable, not the archive."""
    variable = f"{URL(url).scheme}_proxy"
    monkeypatch.setenv(variable, proxy)
    async with HttpClient(1) as http:
        with pytest.raises(
            ArchiveError,
            match=rf"to the proxy http://127.0.0.1:9 \({variable}\): Connection refused",
        ):
            await http.get_text(url, Transfer())
        assert not http.has_answered


@pytest.mark.parametrize("url", ["http://archive.example/", "https://archive.example/"])
async def test_a_proxy_that_wants_a_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """A proxy's refusal is the proxy's, and not an answer of the archive."""
    refusal = http_answer(b"", status="407 Proxy Authentication Required")
    async with raw_server(said(refusal)) as (proxy, _):
        monkeypatch.setenv(f"{URL(url).scheme}_proxy", proxy)
        async with HttpClient(1) as http:
            with pytest.raises(
                ArchiveError, match=rf"refused by the proxy {proxy} \(.*\): HTTP status 407 Proxy"
            ):
                await http.get_text(url, Transfer())
            assert not http.has_answered


async def test_a_proxy_that_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else goes wrong behind a proxy, the message names it."""
    async with raw_server(said(b"")) as (proxy, _):
        monkeypatch.setenv("http_proxy", proxy)
        async with HttpClient(1) as http:
            with pytest.raises(ArchiveError, match=rf"\(through the proxy {proxy} \(http_proxy\)"):
                await http.get_text("http://archive.example/", Transfer())


async def test_a_proxy_without_a_scheme_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request goes through a proxy that the variable names by host and port alone."""
    async with raw_server(said(http_answer(b"proxied"))) as (proxy, requests):
        monkeypatch.setenv("http_proxy", proxy.removeprefix("http://"))
        async with HttpClient(1) as http:
            assert await http.get_text("http://archive.example/", Transfer()) == "proxied"
    assert requests[0].startswith(b"GET http://archive.example/ HTTP/1.1")
