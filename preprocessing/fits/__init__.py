"""From the bytes of a file to a stitched light curve, and back from the output."""
