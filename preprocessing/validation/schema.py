"""What reports know of the tables of validation: their names, their key and their version."""

from __future__ import annotations

__all__ = [
    "CLASSES",
    "COMPLETENESS",
    "FALSE_ALARMS",
    "KNOWN",
    "RECALL",
    "RELIABILITY",
    "SUMMARIES",
    "THRESHOLDS",
    "TRIALS",
    "VALIDATION_KEY",
    "VALIDATION_VERSION",
]

#: Name of the table with one row a trial.
TRIALS = "validation_trials"
#: Names of the tables that are made from it, and from the tables of the stages before.
COMPLETENESS = "validation_completeness"
CLASSES = "validation_classes"
RECALL = "validation_recall"
FALSE_ALARMS = "validation_false_alarms"
RELIABILITY = "validation_reliability"
THRESHOLDS = "validation_thresholds"
KNOWN = "validation_known"
SUMMARIES = (COMPLETENESS, CLASSES, RECALL, FALSE_ALARMS, RELIABILITY, THRESHOLDS, KNOWN)
#: Key of a file's metadata under which the version of the tables stands.
VALIDATION_KEY = "xenoscan_validation"
#: Raised by one when a column changes its meaning, or a trial its light.
VALIDATION_VERSION = "2"
