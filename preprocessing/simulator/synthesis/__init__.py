"""Synthetic stars, and files about them in the layouts of the missions.

Outside `missions`, this package alone knows Kepler, K2 and TESS by name: it is a model of these
telescopes, of their calendars, detectors and noise. What the server needs to know of a mission,
it takes from `missions`, so that real files of any mission can be served.
"""
