"""Sphinx: `make docs` builds the documentation into docs/_build/html."""

from importlib.metadata import version as version_of

project = "aigcbench"
author = "the aigcbench authors"
copyright = "the aigcbench authors, Apache-2.0"
release = version = version_of("aigcbench")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "figures"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
napoleon_google_docstring = False
napoleon_use_rtype = False
default_role = "literal"

html_theme = "furo"
html_title = "aigcbench"
html_static_path: list[str] = []
