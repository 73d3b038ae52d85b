"""The command that goes on with a download, or tries again what failed: ready to be pasted."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from preprocessing.cli.download_arguments import Arguments

__all__ = ["resume_command", "retry_command"]

#: Options of one run. What is left of a --retry-failed has no rows, and so is tried by --resume.
_ONCE = ("--resume", "--retry-failed")
#: Options with a value that mean a list from standard input, which nobody can read twice.
_LISTS = ("--target-list", "--targets")


def resume_command(arguments: Arguments, *, is_all_in_settings: bool) -> str:
    """Return the command that goes on with an interrupted run.

    Parameters
    ----------
    arguments : Arguments
        Those of the run.
    is_all_in_settings : bool
        Whether the data set's settings file has all its options.
    """
    words = _words(arguments, is_all_in_settings)
    return shlex.join([*arguments.call.again, *words, "--resume"])


def retry_command(arguments: Arguments, *, is_all_in_settings: bool) -> str:
    """Return the command that tries again all targets that are not complete.

    Parameters
    ----------
    arguments, is_all_in_settings
        As in `resume_command`.
    """
    call = arguments.call
    if call.again != call.downloader and arguments.dataset is not None:
        # Of the whole road, whose other stages go on from what the download leaves.
        words: Sequence[str] = ["--dataset", str(arguments.dataset.root)]
    else:
        words = [w for w in _words(arguments, is_all_in_settings) if w != "--refresh"]
    return shlex.join([*call.downloader, *words, "--retry-failed"])


def _words(arguments: Arguments, is_all_in_settings: bool) -> list[str]:
    if arguments.dataset is not None and is_all_in_settings:
        return ["--dataset", str(arguments.dataset.root)]
    words = [word for word in arguments.call.words if word not in _ONCE]
    return list(_without_list(words)) if arguments.list_source == "-" else words


def _without_list(words: Sequence[str]) -> Iterator[str]:
    """Yield what is left without a list that was read from standard input: it was saved.

    Examples
    --------
    >>> list(_without_list(["--target-list", "-", "--workers", "8", "--targets=5"]))
    ['--workers', '8']
    """
    is_value = False
    for word in words:
        if is_value or word.partition("=")[0] in _LISTS:
            is_value = not is_value and "=" not in word
            continue
        yield word
