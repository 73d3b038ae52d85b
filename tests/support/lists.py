"""Lists of targets that tests write and read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from preprocessing.core.errors import UsageError
from preprocessing.lists.target_list import ListedTargets, read_target_list
from preprocessing.missions import MISSIONS


class Lists:
    """Writes lists, and reads them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, content: str | bytes, mission: str = "Kepler", **options: Any) -> ListedTargets:
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_target_list(str(self.path), MISSIONS[mission], **options)

    def names(self, content: str | bytes, mission: str = "Kepler", **options: Any) -> list[str]:
        found = self.read(content, mission, **options)
        return [target.name for target in found.targets.targets]

    def refusal(self, content: str | bytes, mission: str = "Kepler", **options: Any) -> str:
        with pytest.raises(UsageError) as caught:
            self.read(content, mission, **options)
        message = str(caught.value)
        assert "stars.txt" in message and "\n" not in message
        return message
