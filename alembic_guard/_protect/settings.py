"""What the other side must be told, so that its migrator leaves our tables alone: in its own words, ready to paste.

Sources, 2026-11-25. Run beside our tables: `drizzle-kit push --force` of drizzle-kit 0.31.11
(tests/test_neighbours_themselves.py). Read: Prisma's page "Externally managed tables" and the types of @prisma/config 6.19.3; Django's
`Options.managed`; the tests of github.com/sqldef/sqldef (`skip_tables`); the tests of github.com/ariga/atlas
(`--exclude`).
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping

from alembic_guard._names import TableName
from alembic_guard._protect.tables import Tables

_AGAIN = "Print it again when a table of ours is added: python -m alembic_guard protect --for"


def settings(tool: str, tables: Tables) -> str:
    """The settings of one tool."""
    return "\n".join(SETTINGS[tool](tables))


def _drizzle(tables: Tables) -> Iterator[str]:
    yield f"// drizzle.config.ts: what `drizzle-kit push` does not see, it does not drop. {_AGAIN} drizzle"
    yield f"tablesFilter: {_listed('!' + _of_glob(name.name) for name in tables.ours)},"
    if tables.dialect != "postgresql":
        return
    default = str(tables.default_schema)
    schemas = sorted({str(name.schema) for name in tables.theirs} | {default})
    yield f"schemaFilter: {_listed(each for each in schemas if each not in _OWN_SCHEMAS)},"
    if any(name.schema in schemas for name in tables.models):
        yield from _NOT_HIDDEN


_OWN_SCHEMAS = ("drizzle",)
_NOT_HIDDEN = (
    "// No filter hides sequences and enumerated types in these schemas, nor views that tablesFilter does not name: push drops",
    "// those that no column needs, and stops at PostgreSQL's error for the others (serial, identity). Tables of ours in a schema",
    "// of their own hide all of it; `drizzle-kit generate` and `drizzle-kit migrate` drop nothing of ours anywhere.",
)


def _prisma(tables: Tables) -> Iterator[str]:
    yield f"// prisma.config.ts, from Prisma 6.13 on. {_AGAIN} prisma"
    yield "experimental: { externalTables: true },"
    yield f"tables: {{ external: {_listed(_with_schema(tables, tables.ours))} }},"
    if tables.enums and tables.dialect == "postgresql":
        yield f"enums: {{ external: {_listed(_with_schema(tables, tables.enums))} }},"


def _django(tables: Tables) -> Iterator[str]:
    yield "# models.py, for those of our tables that Django reads: it neither creates, alters nor drops what is not managed."
    yield "# Their fields: python manage.py inspectdb " + " ".join(shlex.quote(name.name) for name in tables.models)
    for name in tables.models:
        yield from ("", "", f"class {_class(name.name)}(models.Model):", "    class Meta:", "        managed = False")
        yield f"        db_table = {_quoted(tables, name)!r}"


def _sqldef(tables: Tables) -> Iterator[str]:
    yield f"# sqldef.yml, for --config; each line is a regular expression. {_AGAIN} sqldef"
    yield "skip_tables: |"
    yield from (f"  {re.escape(each)}" for each in _with_schema(tables, tables.ours))


def _atlas(tables: Tables) -> Iterator[str]:
    yield f"# atlas.hcl, in each env. {_AGAIN} atlas"
    if tables.dialect == "postgresql":
        yield "# Where the url names one schema (search_path), the names go without it."
    yield "exclude = ["
    yield from (f"  {json.dumps(_of_glob(each))}," for each in _with_schema(tables, tables.ours))
    yield "]"


SETTINGS: Mapping[str, Callable[[Tables], Iterator[str]]] = {
    "drizzle": _drizzle,
    "prisma": _prisma,
    "django": _django,
    "sqldef": _sqldef,
    "atlas": _atlas,
}


def _listed(names: Iterable[str]) -> str:
    return json.dumps(list(dict.fromkeys(names)), ensure_ascii=False)


def _with_schema(tables: Tables, names: Iterable[TableName]) -> Iterator[str]:
    """On PostgreSQL ``schema.name``; elsewhere a schema is a database, which these tools do not name."""
    yield from (str(name) if tables.dialect == "postgresql" else name.name for name in names)


def _of_glob(name: str) -> str:
    """A name in which a pattern's own characters stand for themselves."""
    return re.sub(r"([*?\[\]{}()!+@])", r"[\1]", name)


def _class(table: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"\W|_", table) if part)


def _quoted(tables: Tables, name: TableName) -> str:
    if name.schema == tables.default_schema or tables.dialect != "postgresql":
        return name.name
    return f'"{name.schema}"."{name.name}"'
