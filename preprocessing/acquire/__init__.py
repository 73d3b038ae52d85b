"""Stage 1: archive to verified, stitched FITS, one file a star."""
