"""The embedded archives that a command line names are started, and stopped."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from preprocessing.cli.embedded import started
from preprocessing.core.errors import UsageError


@pytest.mark.slow
async def test_each_embedded_source_has_an_address_while_it_runs() -> None:
    """Embedded sources run while the block does."""
    async with started(["mast", "embedded --stars 3", "s3+embedded"]) as addresses:
        assert set(addresses) == {"embedded --stars 3", "embedded"}
        for address in addresses.values():
            with urllib.request.urlopen(address) as answer:
                assert answer.status == 200
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["embedded --starz 3", "embedded --stars none"])
async def test_bad_options_of_the_embedded_archive_are_named(source: str) -> None:
    """Bad options stop the run before it starts, with the archive's own message."""
    with pytest.raises(UsageError, match=r"did not start: .*--star"):
        async with started([source]):
            pass


async def test_an_open_quote_in_the_options_is_refused() -> None:
    """Options that cannot be split into words are bad usage."""
    with pytest.raises(UsageError, match="cannot read the archive"):
        async with started(["embedded '"]):
            pass
