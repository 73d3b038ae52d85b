"""From the bytes of a mission's file to a stitched light curve, and back from our output."""
