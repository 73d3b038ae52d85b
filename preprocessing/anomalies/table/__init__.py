"""The ranking of a data set: what it reads, and the tables that it writes."""
