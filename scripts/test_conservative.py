#!/usr/bin/env python3
"""Check this set-up with five stars, as ``xenoscan check-setup`` does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from preprocessing.cli.main import script

main = script("check-setup", __file__)
if __name__ == "__main__":
    sys.exit(main())
