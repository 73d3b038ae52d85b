"""Pack verified FITS files into a HATS catalog of Parquet files, and check what was packed."""
