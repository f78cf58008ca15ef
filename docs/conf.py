"""Sphinx configuration. The pages of the codes are rendered from the rules' own data at build time."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from inventories import mapping

# A package of furo's turns every logger of the process on (accessible-pygments 0.0.5).
logging.getLogger("alembic").setLevel(logging.WARNING)

project = "alembic_guard"
author = "alembic_guard contributors"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "rule_pages",
    "plugin_table",
]
html_theme = "furo"
html_extra_path = ["../alembic_guard/schemas"]  # published beside the pages
html_title = "alembic_guard"
exclude_patterns = ["_build", "reference/generated"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 2
autodoc_member_order = "bysource"
autodoc_typehints = "description"
intersphinx_mapping = mapping()
# The part of a report that says what was compared; its class is nothing to import.
nitpick_ignore = [("py:class", "alembic_guard._drift.comparison.Part")]
