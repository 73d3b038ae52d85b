"""``python -m preprocessing``: the same as ``xenoscan``."""

from __future__ import annotations

import sys

from preprocessing.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
