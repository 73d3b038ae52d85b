"""Hand out a stage's units of work: to processes of this machine, or to a cluster."""
