"""Download, verify and stitch Kepler light curves in bulk: see --help and README.md."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from preprocessing.cli.download import main

if __name__ == "__main__":
    sys.exit(main())
