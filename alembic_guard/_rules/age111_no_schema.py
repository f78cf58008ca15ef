"""AGE111: the schema that the run is for is not the one where it would work."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE111",
    slug="schema-missing",
    severity=Severity.ERROR,
    title="The schema that Guard(schema=...) names is not where this run would work",
    why="An unqualified table name would mean another schema's table: with one schema for each tenant, another tenant's.",
    bad="Guard('app.models:Base.metadata', schema='x:tenant')  # alembic upgrade head",
    good="alembic -x tenant=acme upgrade head",
)


def not_named(key: str) -> Diagnostic:
    return RULE.finding(
        "nothing says which schema this run is for", object=f"-x {key}=", hint=f"alembic -x {key}=<schema> upgrade head"
    )


def absent(schema: str, quoted: str, database: str) -> Diagnostic:
    return RULE.finding(
        f"there is no such schema in {database}, or the role may not use it",
        object=schema,
        hint=f"CREATE SCHEMA {quoted}",
    )


def elsewhere(schema: str, quoted: str, found: str | None, database: str) -> Diagnostic:
    return RULE.finding(
        f"the connection that was handed in works in {found or 'no schema'}, in {database}",
        object=schema,
        hint=f'connect with SET search_path TO {quoted}: create_engine(url, connect_args={{"options": "-csearch_path=..."}})',
    )


def unsupported(schema: str, dialect: str) -> Diagnostic:
    return RULE.finding(
        f"expected PostgreSQL, found {dialect}, which has no schemas inside a database",
        object=f"Guard(schema={schema!r})",
        hint="Name the tenant's own database in url.",
    )
