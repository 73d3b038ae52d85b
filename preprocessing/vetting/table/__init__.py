"""The stage around `vetting.vet`: from a data set and its features to the tables of vetting."""
