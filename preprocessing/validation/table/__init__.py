"""Data set in, tables of validation out: the thin stage around the plain computing."""
