"""Faults that the simulator produces on demand."""
