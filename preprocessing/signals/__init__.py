"""Models of what changes a star's light: one file a signal.

Each model is a pure function of times in days, which may count from any zero as long as a
signal's epochs do the same, and returns the change relative to the star's light. The simulator
draws its stars with them.
"""
