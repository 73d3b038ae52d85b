"""Models of transits, eclipses, spots and flares: what the simulator's stars show."""
