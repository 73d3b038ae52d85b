"""The vetting sheet: what is known of one star, on one page."""
