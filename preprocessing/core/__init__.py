"""The values that every stage speaks of: products, reasons, errors. No I/O."""
