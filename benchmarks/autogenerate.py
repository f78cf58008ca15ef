"""Ways to compare models with a database that holds N tables of ours and M of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.engine import URL

from alembic_guard import Guard, configure_options
from benchmarks.measure import Work


def bare(ours: MetaData) -> Work:
    """Alembic alone: it proposes to drop what is not ours."""
    return lambda connection: compared(connection, ours, {})


def include_object(ours: MetaData) -> Work:
    """The cookbook's filter, "Omitting Table Names from the Autogenerate Process" by objects: all is reflected first."""

    def ours_alone(object_: Any, name: str, type_: str, reflected: bool, compare_to: Any) -> bool:
        return not (type_ == "table" and reflected and compare_to is None)

    return lambda connection: compared(connection, ours, {"include_object": ours_alone})


def include_name(ours: MetaData) -> Work:
    """The documentation's filter by names of the metadata."""

    def in_metadata(name: str, type_: str, parents: Mapping[str, Any]) -> bool:
        if type_ == "schema":
            return name is None or any(table.schema == name for table in ours.tables.values())
        return type_ != "table" or parents["schema_qualified_table_name"] in ours.tables

    return lambda connection: compared(connection, ours, {"include_name": in_metadata})


def guarded(ours: MetaData) -> Work:
    """A Guard without any further configuration."""

    def work(connection: Connection) -> object:
        options = configure_options(Guard(ours), connection=connection)
        options.pop("connection")
        return compared(connection, ours, options)

    return work


def compared(connection: Connection, ours: MetaData, options: dict[str, Any]) -> int:
    """How many differences are found."""
    given = {
        "compare_type": True,
        "compare_server_default": True,
        "include_schemas": any(table.schema for table in ours.tables.values()),
        **options,
    }
    return len(compare_metadata(MigrationContext.configure(connection, opts=given), ours))


def ways(ours: MetaData, shared: URL, alone: URL | None = None) -> dict[str, tuple[URL, Work]]:
    """Each by its name, with the database it runs on; ``alone`` holds our tables and no others."""
    found: dict[str, tuple[URL, Work]] = {} if alone is None else {"bare, M=0": (alone, bare(ours))}
    for work in (bare, include_object, include_name, guarded):
        found[work.__name__] = (shared, work(ours))
    return found
