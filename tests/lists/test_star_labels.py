"""Labels of stars are read as the program and as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing.core.errors import UsageError
from preprocessing.lists.star_labels import StarLabel, StarLabels, read_star_labels
from preprocessing.missions import MISSIONS

_TWO = {8644288: StarLabel.INTERESTING, 757076: StarLabel.KNOWN}


def _read(folder: Path, content: str | bytes, mission: str = "Kepler") -> StarLabels:
    path = folder / "labels.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_star_labels(path, MISSIONS[mission])


@pytest.mark.parametrize(
    "content",
    [
        "kic,label,note\n8644288,interesting,\n757076,known,\n",
        "KIC,Label\r\n8644288,Interesting\r\n757076, KNOWN \r\n",
        b'\xef\xbb\xbfkic;label;note\n8644288;interesting;"a; b"\n757076;known;\n',
        "note\tlabel\tname\nodd\tinteresting\tKIC 8644288\n\tknown\tKIC 757076\n",
        "# mine\n\nMy stars\nkepid,label,note\n8644288.0,interesting\n# more\n757076,known\n",
        "kic label\n8644288 interesting\n757076 known\n",
        '"target","label"\n"kplr008644288","interesting"\n"kplr000757076","known"\n',
    ],
)
def test_files_of_people(tmp_path: Path, content: str | bytes) -> None:
    """Case, delimiters, quotes, titles, comments and the star's column do not matter."""
    read = _read(tmp_path, content)
    assert dict(read.by_number) == _TWO
    assert not read.dropped


def test_rows_that_do_not_count(tmp_path: Path) -> None:
    """The last label of a star counts, and rows without label or star are counted."""
    text = (
        "kic,label\n8644288,unsure\n8644288,interesting\n757076,known\n5,\n,artifact\nTIC 5,known\n"
    )
    read = _read(tmp_path, text)
    assert dict(read.by_number) == _TWO
    assert sorted(read.dropped.values()) == [1, 1, 2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("kic,note\n5,odd\n", "no columns of stars and labels"),
        ("star,kind\n", "Name them kic and label"),
        ("kic,label\n", "labels no star of Kepler (no row)"),
        ("tic,label\n5,known\n", "labels no star of Kepler (1 that name no star"),
        ("kic,label\n5,interestin\n", "did you mean interesting?"),
        ("kic,label\n5,1\n", "Choose interesting, known"),
        ('kic,label\n5,"known\n', "not a valid table"),
        ("PK\x03\x04", "zip"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """A file that is none of labels is refused in one line that says what it lacks."""
    with pytest.raises(UsageError) as caught:
        _read(tmp_path, text)
    message = str(caught.value)
    assert words.lower() in message.lower()
    assert len(message.splitlines()) == 1


def test_other_missions(tmp_path: Path) -> None:
    """Bare numbers belong to the catalog of the mission that is ranked."""
    assert 5 in _read(tmp_path, "id,label\n5,known\n", "TESS").by_number
    assert 5 in _read(tmp_path, "epic,label\n5,known\n", "K2").by_number
