"""Values that every stage shares: products, reasons, errors, and the data set's layout. No I/O."""
