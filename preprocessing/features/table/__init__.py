"""The stage around `features.extract`: from the light curves of a data set to its tables."""
