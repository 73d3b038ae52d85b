"""Which stars there are, and which of them a run takes.

Read from top to bottom, a file imports only from files above it::

    columns      what a catalog says of a star, mission by mission
    store        the table on disk: one Parquet file with its sources
    expression   conditions that users write
    strategies   ways of choosing, each with its definition
    mix          shares of several strategies
    selection    the stars that are chosen, and why
    chosen       the list that is kept beside the results
    options      the command line's words for all this

    tap          questions to the NASA Exoplanet Archive
    segments     answers that were had, so that a build can go on
    services     the tables that a catalog is collected into, and with what
    observed     what MAST has observed
    collect      all of these, for one mission
    build        all of it, once
"""
