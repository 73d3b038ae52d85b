"""Which stars exist, and which of them a run fetches.

In this list, a file imports only from files above it::

    columns      the columns of each mission's catalog
    store        the table on disk: one Parquet file with its sources
    expression   conditions that users write
    strategies   strategies for choosing stars, each with its definition
    mix          shares of several strategies
    selection    the chosen stars, and the reason for each
    chosen       the list that is saved beside the results
    options      the command line's words for all this

    tap          queries to the NASA Exoplanet Archive
    segments     saved answers, so that a build can be continued
    services     the services that are queried, and the tables that are filled
    observed     which stars MAST has observations of
    collect      all of these, for one mission
    build        all of it, once
"""
