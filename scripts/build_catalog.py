#!/usr/bin/env python3
"""Build the catalog that --select and --where choose from, as ``xenoscan catalog`` does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from preprocessing.cli.main import script

main = script("catalog", __file__)
if __name__ == "__main__":
    sys.exit(main())
