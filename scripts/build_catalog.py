"""Build the catalog that --select and --where choose stars of: see --help and README.md."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from preprocessing.cli.catalog import main

if __name__ == "__main__":
    sys.exit(main())
