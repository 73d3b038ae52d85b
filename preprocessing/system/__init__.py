"""The machine underneath: files that are whole or not at all, locks, memory, signals, time."""
