"""The exit statuses of every command."""

from __future__ import annotations

__all__ = ["BAD_USAGE", "FAILED", "INTERRUPTED", "OK"]

#: Everything that was asked for is there.
OK = 0
#: Something could not be done: a target failed or, in a dry run, has no light curves; a check found
#: a problem; or the run ended early.
FAILED = 1
#: The command line, a settings file, or a target list is wrong. Nothing was changed.
BAD_USAGE = 2
#: Ctrl-C or SIGTERM. A shell reports the same for a program that SIGINT ends (128 + 2).
INTERRUPTED = 130
