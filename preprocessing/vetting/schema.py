"""What later stages know of the tables of vetting: their names, their key and their version."""

from __future__ import annotations

__all__ = ["DISPOSITIONS", "EVENTS", "POPULATION", "RULES_KEY", "RULES_VERSION", "VETTING"]

#: Names of the tables with one row a light curve, an event, a vetted candidate, and a place at a
#: time.
VETTING, EVENTS, DISPOSITIONS, POPULATION = "vetting", "events", "dispositions", "population"
#: Key of a file's metadata under which the version of the rules stands.
RULES_KEY = "xenoscan_vetting_rules"
#: Raised by one when a label, an event or a disposition changes its meaning or its value. Tables
#: of different versions are never mixed.
RULES_VERSION = "1"
