"""Synthetic stars, and files about them in the layouts of the missions."""
