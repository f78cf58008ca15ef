"""Models for tables that a hand-written chain made: found, reflected, and written down by sqlacodegen."""
