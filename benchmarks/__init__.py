"""Measurements of the scraper, beside its peers, against the embedded archive."""
