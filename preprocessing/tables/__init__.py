"""Schemas, reading and writing of Parquet tables: the only code that knows pyarrow."""
