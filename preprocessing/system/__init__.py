"""What every stage needs from the machine: whole files, locks, memory, signals and time."""
