"""The import that users have: `AsyncDownloader`, which `acquire.downloader` defines."""

from __future__ import annotations

from preprocessing.acquire.downloader import AsyncDownloader

__all__ = ["AsyncDownloader"]
