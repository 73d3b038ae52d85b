"""One page about a data set, in one file that needs nothing else: records, sections, page."""
