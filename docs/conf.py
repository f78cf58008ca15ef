"""Sphinx configuration. The pages of the codes are rendered from the rules' own data at build time."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

# A package of furo's turns every logger of the process on (accessible-pygments 0.0.5).
logging.getLogger("alembic").setLevel(logging.WARNING)

project = "alembic_guard"
author = "alembic_guard contributors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "rule_pages", "plugin_table"]
html_theme = "furo"
html_extra_path = ["../alembic_guard/schemas"]  # published beside the pages
html_title = "alembic_guard"
exclude_patterns = ["_build", "reference/generated"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 2
autodoc_member_order = "bysource"
autodoc_typehints = "description"
nitpick_ignore_regex = [
    # Names of other projects, and of typing: their inventories would need the network.
    ("py:.*", r"(sqlalchemy|alembic|collections|typing|pathlib|os|enum|dataclasses)\..*"),
    ("py:.*", r"(Table|MetaData|Connection|URL|Column|Any|Enum|CommandError|Iterable|Mapping|Sequence|Callable)"),
    ("py:.*", r"(Path|Config|Engine|AsyncEngine|Runner)"),
    ("py:.*", r"(Literal.*|IdType|Adapter|Version|CreatedBy|Undeclared|Policy)"),
    ("py:.*", r"alembic_guard\._.*"),
]
