"""Check a data set against its records, and put it right."""
