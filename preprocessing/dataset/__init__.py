"""Stage 2: from a folder of light curves to something to compute with."""
