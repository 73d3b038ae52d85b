"""Configuration of the documentation site: scripts/docs builds it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
# For the kernel that runs the tutorial, in a folder of its own.
os.environ["PYTHONPATH"] = str(ROOT)

from preprocessing import __version__

project = "XENOSCAN"
author = "The XENOSCAN developers"
copyright = author
release = version = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinxcontrib.bibtex",
    "command_reference",
    "code_tables",
    "measured",
    "repository_pages",
]
exclude_patterns = ["_build", "figures"]

# Dashes only: quotation marks are often meant to be typed. Options are code, which is left alone.
smartquotes_action = "D"

# Markdown. Headings get anchors, so that other pages can link to them.
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# The tutorial runs whenever it or the package changes; an error in it ends the build.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_timeout = 120
nb_execution_raise_on_error = True

# The Python API: what `preprocessing.__all__` names, from the docstrings.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
# The types of numpydoc are words ("sequence of str, optional"), which no link resolves.
nitpick_ignore_regex = [("py:(class|obj)", ".*")]
napoleon_use_rtype = False
napoleon_use_ivar = True
add_module_names = False
# `Name` in a docstring is a name of the code, and a link if this site describes it.
default_role = "py:obj"

# References: those of the paper, and those that `xenoscan report` gives its readers.
bibtex_bibfiles = ["paper/references.bib", "../preprocessing/report/references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

# External links cannot be checked without a network: `scripts/docs --network` checks them.
linkcheck_timeout = 20
linkcheck_anchors = False

html_theme = "furo"
html_title = "XENOSCAN"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
# The fonts and colors are furo's own; nothing is loaded from another site.
html_theme_options = {"navigation_with_keys": True}
