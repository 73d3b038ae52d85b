"""A data set in the browser: a server on this machine that reads tables, records and light."""
