"""A small archive on loopback that speaks MAST: for the demo, the tests, and mirrors.

Import from its modules, nothing stands here: the scraper needs ``process`` alone, and
must not pay for the server.
"""
