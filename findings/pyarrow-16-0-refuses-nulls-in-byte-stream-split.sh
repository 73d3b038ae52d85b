#!/bin/sh
# pyarrow 16.0.0 refuses to read a column of encoding BYTE_STREAM_SPLIT in which a value is null, also
# one that it has just written itself; 16.1.0 reads it.
#
# The encoding holds the values that are there, one after the other, so a page with nulls has fewer
# than it has rows. Guessed: a release that offers the encoding reads it back. Seen with 16.0.0:
# OSError, which counts the bytes and the rows and says that they do not match. The file is sound:
# 16.1.0 reads the same bytes. Whoever writes nulls in this encoding needs readers from 16.1 on.
#
# Exits with a status other than zero if 16.0.0 reads the file, or 16.1.0 does not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"
for release in 16.0.0 16.1.0; do
    python3 -m venv "env-$release"
    "env-$release/bin/python" -m pip install --quiet "pyarrow==$release" numpy==1.26.4
done
env-16.0.0/bin/python - <<'PYTHON'
import pyarrow as pa
import pyarrow.parquet as pq

flux = pa.table({"flux": pa.array([1.0, None, 0.5], pa.float64())})
pq.write_table(
    flux, "flux.parquet", use_dictionary=False, column_encoding={"flux": "BYTE_STREAM_SPLIT"}
)
try:
    pq.read_table("flux.parquet")
except OSError as error:
    print("pyarrow", pa.__version__, "OSError:", error)
else:
    raise SystemExit("pyarrow 16.0.0 reads it now")
PYTHON
env-16.1.0/bin/python - <<'PYTHON'
import pyarrow as pa
import pyarrow.parquet as pq

read = pq.read_table("flux.parquet").to_pydict()
print("pyarrow", pa.__version__, read)
assert read == {"flux": [1.0, None, 0.5]}
PYTHON
