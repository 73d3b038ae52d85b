"""A list of targets on its way: search, fetch, use, record; outages, limits, progress."""
