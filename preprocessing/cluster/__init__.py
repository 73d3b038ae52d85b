"""Run a stage's units of work: in this process, or in a pool of processes."""
