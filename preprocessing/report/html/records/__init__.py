"""What a report reads: outcomes, files by quarter, runs, commands and tables."""
