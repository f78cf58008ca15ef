"""AGO105: search_path shows another schema's table under the name of a model's table."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO105",
    slug="shown-from-another-schema",
    severity=Severity.ERROR,
    title="search_path shows a table of another schema under the name of a model without a schema",
    why=(
        "SQLAlchemy lists every visible table under schema None (PostgreSQL, search_path), so bare Alembic alters "
        "the other schema's table. PostGIS's tiger schema alone brings 37 such names: state, county, place, addr."
    ),
    bad="class Place(Base):\n    __tablename__ = 'place'  # the database has tiger.place, search_path is public,tiger",
    good="class Place(Base):\n    __tablename__ = 'place'\n    __table_args__ = {'schema': 'tiger'}  # or rename it",
)


def unknown_owner(model: TableName, shown: TableName) -> Diagnostic:
    """Nobody knows whether the table that is shown is the model's own: stop."""
    return RULE.finding(
        f"the model has no schema; expected the table in {model.schema}, found {shown} through search_path",
        object=str(model),
        hint=(
            f"If {shown} is the model's table: __table_args__ = {{'schema': {shown.schema!r}}}. "
            f"If it is somebody else's: Guard(..., external=[ExternalTables('their-name', ['{shown}'])])."
        ),
    )


def known_owner(model: TableName, shown: TableName, owner: str) -> Diagnostic:
    """The table that is shown is somebody else's: ours is another one, and hides it or is hidden by it."""
    return RULE.finding(
        f"search_path also shows {shown} of {owner} under this name; the model means {model}",
        object=str(model),
        hint=f"Another name for the model's table keeps the two apart: __tablename__ = 'our_{model.name}'.",
        severity=Severity.WARNING,
    )
