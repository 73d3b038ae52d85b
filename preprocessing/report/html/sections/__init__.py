"""The sections of a report, one a module: what is read and shown of one question."""
