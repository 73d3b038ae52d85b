#!/bin/sh
# astropy 8.0.2: Table.read cannot read a Parquet file in which a column of text has a null.
#
# The reader measures the longest text of each such column to choose a numpy type, and a null has no
# length. Guessed: the null is masked, or becomes an empty text, as a null number becomes NaN. Seen:
# TypeError about the length of None, which names neither file nor column; the same file without the
# null is read, and so is a null in a column of numbers. pandas reads the file, and Table.from_pandas
# takes what it read.
#
# Exits with a status other than zero if any of this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet astropy==8.0.2 pyarrow==26.0.1 pandas==2.3.3
env/bin/python -W ignore - <<'PYTHON'
import astropy
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.table import Table


def written(name, values):
    pq.write_table(pa.table({"kic": [757076, 757099], name: values}), f"{name}.parquet")
    return f"{name}.parquet"


whole = written("class", ["EB", "RR Lyr"])
number = written("period_d", [1.5, None])
text = written("reason", [None, "too_short"])
assert list(Table.read(whole)["class"]) == ["EB", "RR Lyr"]
print("astropy", astropy.__version__, "a null number:", repr(Table.read(number)["period_d"][1]))
try:
    Table.read(text)
except TypeError as error:
    print("astropy", astropy.__version__, "a null text: TypeError:", error)
else:
    raise SystemExit("astropy reads a null text now")
assert len(Table.from_pandas(pandas.read_parquet(text))) == 2
PYTHON
