"""The verdict on each name that a file declares."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._lint.outcome import Outcome, Style, hidden_in_collection, outcome
from alembic_guard._lint.project import Found, Key, Project
from alembic_guard._lint.source import Attribute, ClassSource, ModuleSource, TableSource
from alembic_guard._lint.sql_names import LIMITS, kept, needs_quotes
from alembic_guard._lint.suggestions import cures, suggestion
from alembic_guard._rules import (
    agn101_too_long,
    agn102_name_breaks,
    agn103_name_reserved,
    agn104_name_not_mapped,
    agn105_name_hides,
    agn106_collection_method,
    agn107_needs_quotes,
    agn112_cut_to_one,
    agn113_owners_name,
    agn114_reserved_in_migration,
)


def findings(
    project: Project, modules: Iterable[ModuleSource], dialect: str | None, owners: Mapping[str, str]
) -> Iterator[Diagnostic]:
    """What is wrong with the names in these files.

    Args:
        dialect: The database's, for its reserved words and lengths; None where it is not known.
        owners: Tables of other owners.
    """
    listed = list(modules)
    classes = [Found(module, each) for module in listed for each in module.classes.values()]
    styles = _styles(project, classes)
    for each in classes:
        mine = styles.get(each.key) or _by_its_columns(each)
        if mine:
            yield from _in_class(project, each, mine, dialect, owners)
    mapped = {(each.source.table, a.column) for each in classes for a in each.source.attributes if a.name != a.column}
    for module in listed:
        for table in module.tables:
            yield from _in_table(module, table, dialect, mapped)
        for name, line in module.names if dialect else ():
            yield from (each.at(module.path, line) for each in _sql(name, name, dialect or ""))
    if dialect in LIMITS:
        yield from _cut(classes, dialect or "")


def models(project: Project, modules: Iterable[ModuleSource]) -> Iterator[tuple[ClassSource, set[Style]]]:
    """The classes that are models or what models inherit from, and their styles."""
    classes = [Found(module, each) for module in modules for each in module.classes.values()]
    styles = _styles(project, classes)
    for each in classes:
        if mine := styles.get(each.key) or _by_its_columns(each):
            yield each.source, mine


def _styles(project: Project, classes: Iterable[Found]) -> dict[Key, set[Style]]:
    """The styles of each class that is a model, and of what models inherit from."""
    found: dict[Key, set[Style]] = {}
    for each in classes:
        mine = project.styles(each)
        if mine == {Style.SQLMODEL} and "table" not in each.source.keywords:
            continue  # a schema of pydantic's, unless a table inherits from it
        for inherited in (each, *project.ancestors(each)) if mine else ():
            found.setdefault(inherited.key, set()).update(mine)
    return found


def _by_its_columns(each: Found) -> set[Style]:
    """A class whose bases are not here and that has columns of SQLAlchemy: what every style refuses is refused."""
    makers = {attribute.maker for attribute in each.source.attributes if not attribute.annotation_only}
    imports = each.module.imports.values()
    known = any("sqlalchemy" in name.lower() for name in imports) or any("." in base for base in each.source.bases)
    return {Style.DECLARATIVE_BASE_CLASS} if makers & {"Column", "mapped_column"} and known else set()


def _in_class(
    project: Project, found: Found, styles: set[Style], dialect: str | None, owners: Mapping[str, str]
) -> Iterator[Diagnostic]:
    source, path = found.source, found.module.path
    above = project.ancestors(found)
    taken = {each.name for each in source.attributes} | set(source.functions)
    frozen = frozenset(styles)
    defined = {*source.functions, *(name for owner in above for name in owner.source.functions)}
    for each in source.attributes:
        if each.annotation_only and Style.SQLMODEL not in styles:
            continue
        if each.name not in defined and _is_fine(frozen, each.name, each.column, dialect):
            continue
        where = f"{source.name}.{each.name}"
        said = [
            *_attribute(where, each, styles, taken),
            *_hidden(where, each, source, above, taken),
            *_column(f"{source.table or source.name}.{each.column}", each, dialect),
        ]
        yield from (finding.at(path, each.line) for finding in said)
    if source.table in owners and not ("external" in found.module.imports or found.module.is_migration):
        yield agn113_owners_name.owners_name(str(source.table), owners[str(source.table)]).at(path, source.line)
    if source.table and dialect:
        yield from (each.at(path, source.line) for each in _sql(source.table, source.table, dialect))


@lru_cache(maxsize=100_000)
def _is_fine(styles: frozenset[Style], name: str, column: str | None, dialect: str | None) -> bool:
    """Whether nothing is wrong with a name by itself: true of nearly all of them, and of each again and again."""
    if judged(styles, name) is not None:
        return False
    return column is None or not (hidden_in_collection(name) or (dialect and [*_sql("", column, dialect)]))


def judged(styles: Iterable[Style], name: str) -> tuple[Style, Outcome] | None:
    """The worst that a name does in these styles; None where it does nothing."""
    several = set(styles)
    if Style.DATACLASS in several:
        several.discard(Style.DECLARATIVE_BASE_CLASS)  # it is a DeclarativeBase too
    found = [(style, outcome(style, name) or outcome(Style.DECLARATIVE_BASE_CLASS, name)) for style in several]
    bad = [(style, each) for style, each in found if each is not None and not each.fine]
    return min(bad, key=lambda pair: (not pair[1].error, pair[1].mapped, pair[0].value)) if bad else None


def _attribute(where: str, each: Attribute, styles: set[Style], taken: set[str]) -> Iterator[Diagnostic]:
    worst = judged(styles, each.name)
    if worst is None:
        return
    style, found = worst
    how = cures(style.value, each.name, each.column, taken)
    if found.error:
        yield agn102_name_breaks.breaks(where, style.value, found.error, how)
    elif not found.mapped:
        yield agn104_name_not_mapped.not_mapped(where, style.value, how)
    elif found.warning:
        yield agn103_name_reserved.reserved(where, style.value, found.warning, how)
    else:
        yield agn105_name_hides.hides(where, f"{each.name} of {style.value}'s base class", how)


def _hidden(
    where: str, each: Attribute, source: ClassSource, above: Iterable[Found], taken: set[str]
) -> Iterator[Diagnostic]:
    if each.name in source.functions:
        line = source.functions[each.name]
        first, last = ("the column", "the function") if line > each.line else ("the function", "the column")
        yield agn105_name_hides.hides(
            where,
            f"{first}: {last} of that name (line {line}) is what the class keeps",
            cures("", each.name, each.column, taken),
        )
    for owner in above:
        if each.name not in owner.source.functions or each.name in owner.source.properties:
            continue
        if each.name not in {attribute.name for attribute in owner.source.attributes if not attribute.annotation_only}:
            yield agn105_name_hides.hides(
                where, f"{owner.source.name}.{each.name}()", cures("", each.name, each.column, taken)
            )
            return


def _column(where: str, each: Attribute, dialect: str | None) -> Iterator[Diagnostic]:
    if each.column is None:
        return
    if hidden_in_collection(each.name):
        yield agn106_collection_method.hidden(where, each.name)
    if dialect:
        yield from _sql(where, each.column, dialect)


def _sql(where: str, name: str, dialect: str) -> Iterator[Diagnostic]:
    limit = LIMITS.get(dialect)
    if limit is not None and len(name.encode()) > limit:
        yield agn101_too_long.too_long(name, len(name.encode()), limit, dialect)
    elif why := needs_quotes(name, dialect):
        yield agn107_needs_quotes.needs_quotes(where, name, why)


def _in_table(
    module: ModuleSource, table: TableSource, dialect: str | None, mapped: Container[tuple[str | None, str | None]]
) -> Iterator[Diagnostic]:
    """Columns of a Table or a migration; ``mapped`` are those that a model has under an attribute of another name."""
    names = {each.name for each in table.columns}
    styles = frozenset[Style]() if table.call == "Table" else _MIGRATED
    for each in table.columns:
        if _is_fine(styles, each.name, each.column or each.name, dialect):
            continue
        where = f"{table.name or table.call}.{each.name}"
        if table.call == "Table":
            said = list(_column(where, each, dialect))
        else:
            said = [] if (table.name, each.name) in mapped else list(_migrated(where, each, names))
            said += _sql(where, each.name, dialect) if dialect else ()
        yield from (finding.at(module.path, each.line) for finding in said)


_MIGRATED = frozenset([Style.DECLARATIVE_BASE_CLASS])


def _migrated(where: str, each: Attribute, taken: set[str]) -> Iterator[Diagnostic]:
    worst = judged(_MIGRATED, each.name)
    if worst is not None:
        found = worst[1]
        why = found.error or found.warning or "SQLAlchemy does not map it"
        yield agn114_reserved_in_migration.in_migration(where, each.name, why, suggestion(each.name, taken))


def _cut(classes: Iterable[Found], dialect: str) -> Iterator[Diagnostic]:
    """Tables, and columns of one table, that are one name in the database."""
    tables: dict[str, tuple[str, Found]] = {}
    for each in classes:
        name = each.source.table
        if name:
            first, _ = tables.setdefault(kept(name, dialect), (name, each))
            if first != name:
                said = agn112_cut_to_one.cut_to_one(first, name, kept(name, dialect), dialect)
                yield said.at(each.module.path, each.source.line)
        columns: dict[str, str] = {}
        for attribute in each.source.attributes:
            if attribute.column:
                short = kept(attribute.column, dialect)
                if (other := columns.setdefault(short, attribute.column)) != attribute.column:
                    said = agn112_cut_to_one.cut_to_one(other, attribute.column, short, dialect)
                    yield said.at(each.module.path, attribute.line)
