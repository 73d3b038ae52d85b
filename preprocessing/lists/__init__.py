"""Lists of targets as people bring them: plain text, tables of many kinds, scripts of archives."""
