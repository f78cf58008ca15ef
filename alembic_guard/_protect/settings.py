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
from itertools import chain, count
from keyword import iskeyword

from alembic_guard._names import TableName
from alembic_guard._protect.tables import Tables

_AGAIN = "Print it again when a table of ours is added: python -m alembic_guard protect --for"


def settings(tool: str, tables: Tables) -> str:
    """The settings of one tool."""
    return "\n".join(SETTINGS[tool](tables))


def _drizzle(tables: Tables) -> Iterator[str]:
    yield f"// drizzle.config.ts: what `drizzle-kit push` does not see, it does not drop. {_AGAIN} drizzle"
    schemas = {str(name.schema) for name in tables.theirs} | {str(tables.default_schema)}
    seen = tables.ours if tables.dialect != "postgresql" else [each for each in tables.ours if each.schema in schemas]
    hidden = [name.name for name in seen]
    for name in sorted({each.name for each in tables.theirs} & set(hidden)):
        yield f"// tablesFilter knows no schemas: {one_line(name)} is a table of ours in one and of theirs in another, and hidden in both."
    yield f"tablesFilter: {_listed('!' + _of_minimatch(name) for name in hidden)},"
    if tables.dialect != "postgresql":
        return
    yield f"schemaFilter: {_listed(each for each in sorted(schemas) if each not in _OWN_SCHEMAS)},"
    if any(name.schema in schemas for name in tables.models):
        yield from _NOT_HIDDEN


def _of_minimatch(name: str) -> str:
    """A name in which each character stands for itself (minimatch 7, which drizzle-kit bundles)."""
    return re.sub(r"([\\*?\[\]{}()!+@|#^,])", r"\\\1", name)


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
    if not tables.models:
        return
    names = " ".join(shlex.quote(one_line(name.name)) for name in tables.models)
    yield f"# Their fields: python manage.py inspectdb {names}"
    taken: set[str] = set()
    for name in tables.models:
        yield from ("", "", f"class {_class(name, taken)}(models.Model):", "    class Meta:", "        managed = False")
        yield f"        db_table = {_quoted(tables, name)!r}"


def _sqldef(tables: Tables) -> Iterator[str]:
    yield f"# sqldef.yml, for --config; each line is a regular expression. {_AGAIN} sqldef"
    yield "skip_tables: |"
    yield from (f"  {_of_regexp(each)}" for each in _with_schema(tables, tables.ours))


def _of_regexp(name: str) -> str:
    """A name as Go's regular expressions have it, on one line."""
    return re.escape(name).replace("\\\n", r"\n").replace("\\\r", r"\r")


def _atlas(tables: Tables) -> Iterator[str]:
    yield f"# atlas.hcl, in each env. {_AGAIN} atlas"
    if tables.dialect == "postgresql":
        yield "# Where the url names one schema (search_path), the names go without it."
    yield "exclude = ["
    for each in tables.ours:
        parts = [str(each.schema), each.name] if tables.dialect == "postgresql" else [each.name]
        yield f"  {_of_hcl('.'.join(map(_of_atlas, parts)))},"
    yield "]"


def _of_atlas(name: str) -> str:
    """A part of a pattern: what filepath.Match reads as itself, and quoted where encoding/csv would take it apart
    (ariga/atlas, sql/schema/exclude.go)."""
    glob = re.sub(r"([*?\[])", r"[\1]", name.replace("\\", "\\\\"))
    return '"' + glob.replace('"', '""') + '"' if re.search(r'[."\r\n]', glob) else glob


def _of_hcl(text: str) -> str:
    """A text in quotes, in which ``${`` and ``%{`` begin no expression."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


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


def one_line(name: str) -> str:
    """In a comment, which ends with its line."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", "?", name)


def _class(table: TableName, taken: set[str]) -> str:
    """A name that Python allows and no other class here has: with its schema, then with a number."""
    schema = "" if table.schema is None else _words(table.schema)
    name = _words(table.name)
    tries = chain([name, f"{schema}{name}"], (f"{name}{n}" for n in count(2)))
    found = next(each for each in map(_allowed, tries) if each.lower() not in taken)  # as Django's registry
    taken.add(found.lower())
    return found


def _words(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"\W|_", name) if part)


def _allowed(name: str) -> str:
    return name if name.isidentifier() and not iskeyword(name) else f"Table{name}"


def _quoted(tables: Tables, name: TableName) -> str:
    if name.schema == tables.default_schema or tables.dialect != "postgresql":
        return name.name
    return f'"{name.schema}"."{name.name}"'
