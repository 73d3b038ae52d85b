"""The archive simulator: a server on loopback that speaks MAST, for demo, tests and mirrors.

Import from its modules; this file imports nothing. A client needs only ``process`` and must
not load the server.
"""
