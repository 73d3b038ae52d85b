"""Models of transits, eclipses, spots and flares."""
