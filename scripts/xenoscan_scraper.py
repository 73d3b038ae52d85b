#!/usr/bin/env python3
"""Download, verify and stitch light curves in bulk, as ``xenoscan download`` does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from preprocessing.cli.main import script

main = script("download", __file__)
if __name__ == "__main__":
    sys.exit(main())
