#!/usr/bin/env python3
"""Remove damaged files from caches, as ``xenoscan clear-cache`` does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from preprocessing.cli.main import script

main = script("clear-cache", __file__)
if __name__ == "__main__":
    sys.exit(main())
