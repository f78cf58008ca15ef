"""In what a live database lacks what the models need; values in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, Computed, DefaultClause, ForeignKeyConstraint, Identity, Index, Table, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import NoReferencedColumnError, NoReferencedTableError
from sqlalchemy.types import TypeEngine

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._drift.live import LiveColumn, LiveKey, LiveSchema, LiveTable
from alembic_guard._drift.types import Fit, fit, is_integer
from alembic_guard._external import external_tables_of, owner_of, table_name, written_type
from alembic_guard._models import classes_by_table, source_of
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims
from alembic_guard._rules import (
    agc101_column_type,
    agc102_table_missing,
    agc103_column_missing,
    agd101_table_missing,
    agd102_column_missing,
    agd103_other_type,
    agd104_narrower,
    agd105_required_column,
    agd106_key_missing,
    agd107_index_missing,
    agd108_unique_missing,
    agd110_default_missing,
    agd111_on_delete_hidden,
)
from alembic_guard._types import ddl, enum_values


@dataclass(frozen=True, slots=True)
class Missing:
    """A table or column of ours that is not there; ``column=None`` for the table as a whole."""

    table: TableName
    column: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a finding is about, for whoever looks for its cause.

    Args:
        required: A column that the database requires and no model has.
        key: The columns of a key that is missing.
    """

    missing: Missing | None = None
    required: Missing | None = None
    key: tuple[TableName, tuple[str, ...]] | None = None


class Part(NamedTuple):
    """A key, an index or a unique of ours, and whether the database has it."""

    table: str
    kind: str
    described: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """All that was found.

    Args:
        about: What findings are about, by the finding.
        there: The tables of ours that the database has, by the name that is sent.
        surplus: Columns that the database has and no model, by table: evidence, by themselves no finding.
    """

    findings: tuple[Diagnostic, ...]
    parts: tuple[Part, ...]
    about: Mapping[Diagnostic, About]
    there: Mapping[TableName, LiveTable]
    surplus: Mapping[TableName, tuple[str, ...]]


class _Quiet(Enum):
    """Of which columns of one type there is nothing to say, where the database has them so."""

    ALL = auto()
    NOT_NULL = auto()
    """Those that take no NULL."""
    NO_DEFAULT = auto()
    """Those that take no NULL, are in no primary key, and have nothing that fills them."""
    NONE = auto()
    """Each has to be looked at."""


_ALL, _NOT_NULL, _NO_DEFAULT, _NONE = _Quiet


class Comparison:
    """One database held against models.

    Models and database agree in most of what there is, in thousands of tables: that is seen at once, and what is no
    finding costs no words.

    Args:
        translated: What schema a model's schema is sent as (``schema_translate_map``).
        database: Which one, for messages.
    """

    def __init__(
        self,
        claims: Claims,
        live: LiveSchema,
        dialect: Dialect,
        database: str,
        translated: Mapping[str | None, str | None] | None = None,
    ) -> None:
        self._claims, self._live, self._dialect, self._database = claims, live, dialect, database
        self._translated = translated or {}
        self._parts: list[Part] = []
        self._written: dict[tuple[object, ...], str | None] = {}
        self._quiet: dict[int, list[tuple[type, dict[str, object], _Quiet]]] = {}
        self._located: dict[Table, _Located] = {}
        self._longest_index_name = dialect.max_index_name_length or dialect.max_identifier_length
        self._about: dict[Diagnostic, About] = {}
        self._there: dict[TableName, LiveTable] = {}
        self._surplus: dict[TableName, tuple[str, ...]] = {}

    def compared(self) -> Compared:
        """Compare once."""
        tables = [table for table in self._claims.ours.values() if not is_temporary(table)]
        ours = [finding for table in tables for finding in self._of_ours(table)]
        theirs = list(dict.fromkeys(self._of_others()))
        return Compared((*ours, *theirs), tuple(self._parts), self._about, self._there, self._surplus)

    # --- ours

    def _of_ours(self, table: Table) -> Iterator[Diagnostic]:
        name, real, live = self._locate(table)
        if live is None:
            elsewhere = [str(each.name) for each in self._live.elsewhere(name)]
            finding = agd101_table_missing.table_missing(str(real), self._database, elsewhere).at(*self._place(table))
            yield self._remembered(finding, About(missing=Missing(name)))
            # Each of its keys and indexes is listed as missing; the table's own finding says it once for all.
            list(self._keys_and_indexes(table, LiveTable(real, {})))
            return
        self._there[name] = live
        there = dict(live.columns)
        for column, found in self._not_quiet(table, there):
            yield from self._of_column(name, live, column, found or self._taken(there, column.name))
        self._surplus[name] = tuple(there)
        if not live.holds_rows:
            return
        for left, kind in there.items():
            if kind.needs_value:
                object = f"{live.name}.{left}"
                finding = agd105_required_column.required_column(object, kind.type, self._database).at(
                    *self._place(table)
                )
                yield self._remembered(finding, About(required=Missing(name, left)))
        yield from self._keys_and_indexes(table, live)

    def _taken(self, there: dict[str, LiveColumn], name: str) -> LiveColumn | None:
        """A column that is spelled otherwise than in the model, taken out of those that are there."""
        folded = self._live.fold(name)
        spelled = next((each for each in there if self._live.fold(each) == folded), None)
        return there.pop(spelled) if spelled is not None else None

    def _not_quiet(self, table: Table, there: dict[str, LiveColumn]) -> list[tuple[Column[Any], LiveColumn | None]]:
        """The columns of which there may be something to say; those that are found are taken out of ``there``."""
        left = []
        for column in table.columns:
            found, type_ = there.pop(column.name, None), column.type
            # Types that are equal are many, and live columns that are alike are one: mostly there is one to try.
            for class_, attributes, known in self._quiet.get(id(found), ()):
                if class_ is type_.__class__ and attributes == type_.__dict__:
                    quiet = known
                    break
            else:
                quiet = self._quiet_of(type_, found)
                self._quiet.setdefault(id(found), []).append((type_.__class__, type_.__dict__.copy(), quiet))
            if quiet is _ALL:
                continue
            filled = column.server_default is not None or column.primary_key
            if quiet is _NONE or column.nullable or (quiet is _NO_DEFAULT and filled):
                left.append((column, found))
        return left

    def _quiet_of(self, type_: TypeEngine[object], found: LiveColumn | None) -> _Quiet:
        if found is None:
            return _NONE
        ours = self._ddl(type_)
        if found.generated or found.labels or (ours and fit(ours, found.type, self._live.dialect) is not Fit.YES):
            return _NONE
        if found.needs_value:
            return _NO_DEFAULT
        return _ALL if found.nullable else _NOT_NULL

    def _keys_and_indexes(self, table: Table, live: LiveTable) -> Iterator[Diagnostic]:
        shown = str(live.name)
        yield from self._primary_key(table, live, shown)
        for key in _sorted(table.foreign_key_constraints, lambda each: sorted(each.column_keys)):
            yield from self._key(key, live, shown)
        for index in _sorted(table.indexes, lambda each: each.name or ""):
            yield from self._index(index, live, shown)
        uniques = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
        for unique in _sorted(uniques, lambda each: [str(column.name) for column in each.columns]):
            yield from self._unique(unique, live, shown)

    def _of_column(
        self, name: TableName, live: LiveTable, column: Column[object], found: LiveColumn | None
    ) -> Iterator[Diagnostic]:
        place = (column.table, str(column.name))
        if found is None and self._is_row_number(column):
            return
        if found is None:
            object = f"{live.name}.{column.name}"
            finding = agd102_column_missing.column_missing(object, self._database, live.columns).at(
                *self._place(*place)
            )
            yield self._remembered(finding, About(missing=Missing(name, str(column.name))))
            return
        ours = self._ddl(column.type)
        judged = fit(ours, found.type, self._live.dialect) if ours is not None else None
        # What most columns have nothing to say of is not asked: there are many.
        if judged is Fit.NO:
            object = f"{live.name}.{column.name}"
            yield agd103_other_type.other_type(object, str(ours), found.type, self._database).at(*self._place(*place))
        elif judged is Fit.NARROWER:
            object = f"{live.name}.{column.name}"
            yield agd104_narrower.narrower(object, str(ours), found.type, self._database).at(*self._place(*place))
        elif judged is Fit.YES and (found.generated or found.labels):
            yield from self._of_values(f"{live.name}.{column.name}", column, found, str(ours))
        if found.needs_value and live.holds_rows:
            yield from self._of_default(f"{live.name}.{column.name}", column, found)
        # A column that has a default on either side is left out of an INSERT that gives it no value.
        may_be_none = (
            column.nullable and not column.primary_key and column.default is None and not column.server_default
        )
        if may_be_none and not found.nullable and live.holds_rows:
            object = f"{live.name}.{column.name}"
            yield agd104_narrower.narrower(object, "NULL", f"{found.type} NOT NULL", self._database).at(
                *self._place(*place)
            )

    def _is_row_number(self, column: Column[object]) -> bool:
        """SQLite's name for a row's number is a column of every table, and in no list of them (SQLite manual, "rowid")."""
        return self._live.dialect == "sqlite" and str(column.name).lower() in _ROW_NUMBER

    def _of_values(self, object: str, column: Column[Any], found: LiveColumn, ours: str) -> Iterator[Diagnostic]:
        """Of types that fit by their names: does the database refuse values, or any?"""
        if found.generated and column.server_default is None:
            theirs = f"{found.type} GENERATED ALWAYS, which takes no value"
            yield agd104_narrower.narrower(object, ours, theirs, self._database).at(
                *self._place(column.table, column.name)
            )
        absent = [each for each in enum_values(column.type, self._dialect) if each not in found.labels]
        if found.labels and absent:
            ours, theirs = (", ".join(map(repr, each)) for each in (absent, found.labels))
            yield agd104_narrower.narrower(object, ours, f"{found.type} of {theirs}", self._database).at(
                *self._place(column.table, column.name)
            )

    def _of_default(self, object: str, column: Column[Any], found: LiveColumn) -> Iterator[Diagnostic]:
        """SQLAlchemy leaves out of an INSERT what it thinks the database fills."""
        if column.default is None and (filled := _filled_by(column, found, self._live.dialect)):
            yield agd110_default_missing.default_missing(object, filled, found.type, self._database).at(
                *self._place(column.table, str(column.name))
            )

    def _primary_key(self, table: Table, live: LiveTable, shown: str) -> Iterable[Diagnostic]:
        columns = tuple([column.name for column in table.primary_key])
        if not columns:
            return ()
        # In any order: what it keeps out is the same.
        verified = columns == live.primary_key or self._folded_set(columns) == self._folded_set(live.primary_key)
        described = f"PRIMARY KEY ({', '.join(columns)})"
        self._parts.append(Part(shown, "primary key", described, verified))
        if verified:
            return ()
        found = f"PRIMARY KEY ({', '.join(live.primary_key)})" if live.primary_key else ""
        return [agd106_key_missing.key_missing(shown, described, self._database, found).at(*self._place(table))]

    def _key(self, key: ForeignKeyConstraint, live: LiveTable, shown: str) -> Iterable[Diagnostic]:
        try:
            refers_to = tuple([each.column.name for each in key.elements])
            target, real, _ = self._locate(key.elements[0].column.table)
        except (NoReferencedTableError, NoReferencedColumnError):
            return ()  # AGR102 says so where migrations are written
        columns = tuple([each.parent.name for each in key.elements])
        action = _action(key.ondelete)
        described = f"FOREIGN KEY ({', '.join(columns)}) -> {target} ({', '.join(refers_to)}){_on_delete(action)}"
        if (columns, real, refers_to, action) in live.keys:
            self._parts.append(Part(shown, "foreign key", described, True))
            return ()
        like = list(self._keys_like(columns, real, refers_to, live))
        verified = any(each.on_delete in (action, None) for each in like)
        self._parts.append(Part(shown, "foreign key", described, verified))
        place = self._place(key.table, columns[0])
        if verified:
            hidden = action and all(each.on_delete is None for each in like)
            return [agd111_on_delete_hidden.hidden(shown, described, self._database).at(*place)] if hidden else ()
        found = f"it{_on_delete(like[0].on_delete or '') or ' without ON DELETE'}" if like else ""
        finding = agd106_key_missing.key_missing(shown, described, self._database, found)
        about = About(key=(self._sent(table_name(key.table)), columns))
        return [self._remembered(finding.at(*place), about)]

    def _keys_like(
        self, columns: Sequence[str], real: TableName, refers_to: Sequence[str], live: LiveTable
    ) -> Iterator[LiveKey]:
        """Those of the same columns, in any order and spelling, whatever their ON DELETE."""
        pairs = set(zip(self._folded(columns), self._folded(refers_to), strict=True))
        for each in live.keys:
            if (
                self._folded_set(each.columns) == self._folded_set(columns)
                and self._live.is_one(each.target, real)
                and (
                    not each.refers_to
                    or set(zip(self._folded(each.columns), self._folded(each.refers_to), strict=False)) == pairs
                )
            ):
                yield each

    def _index(self, index: Index, live: LiveTable, shown: str) -> Iterable[Diagnostic]:
        name, columns, partial = self._name_of(index), _plain_columns(index), _is_partial(index, self._dialect.name)
        kind = "UNIQUE INDEX" if index.unique else "INDEX"
        described = f"{kind} {name} ({', '.join(columns or map(str, index.expressions))})"
        if (name, columns, bool(index.unique), partial) in live.indexes:
            self._parts.append(Part(shown, "index", described, True))
            return ()
        verified, found = self._has_index(index, name, columns, live)
        self._parts.append(Part(shown, "index", described, verified))
        if verified:
            return ()
        finding = agd107_index_missing.index_missing(shown, described, self._database, found)
        return [finding.at(*self._place(index.table)) if index.table is not None else finding]

    def _has_index(self, index: Index, name: str, columns: Sequence[str] | None, live: LiveTable) -> tuple[bool, str]:
        named = next((each for each in live.indexes if self._live.fold(each.name) == self._live.fold(name)), None)
        if columns is None:  # on an expression, which each database prints in a way of its own: the name must do
            return named is not None, ""
        partial = _is_partial(index, self._dialect.name)
        for each in live.indexes:
            if each.partial == partial and (each.unique or not index.unique) and self._same(columns, each.columns):
                return True, ""
        if index.unique and self._folded_set(live.primary_key) == self._folded_set(columns):
            return True, ""
        if named is None:
            return False, ""
        kind = "UNIQUE " if named.unique else ""
        return False, f"{kind}INDEX {named.name} ({', '.join(each or '(expression)' for each in named.columns)})"

    def _unique(self, unique: UniqueConstraint, live: LiveTable, shown: str) -> Iterator[Diagnostic]:
        columns = [str(column.name) for column in unique.columns]
        wanted = set(self._folded(columns))
        verified = self._folded_set(live.primary_key) == wanted or any(
            each.unique and not each.partial and None not in each.columns and self._folded_set(each.columns) == wanted
            for each in live.indexes
        )
        described = f"UNIQUE ({', '.join(columns)})"
        self._parts.append(Part(shown, "unique", described, verified))
        if not verified:
            place = self._place(unique.table, columns[0] if len(columns) == 1 else None)
            yield agd108_unique_missing.unique_missing(shown, described, self._database).at(*place)

    # --- other owners'

    def _of_others(self) -> Iterator[Diagnostic]:
        for table, column, owner, needed_by in self._relied_on():
            name = self._sent(table)
            live = self._live.find(name)
            shown = live.name if live else name.within(self._live.default_schema)
            if live is None:
                elsewhere = self._live.elsewhere(name)
                yield agc102_table_missing.table_missing(
                    shown,
                    owner,
                    self._database,
                    self._claims.migrate_of(owner),
                    needed_by=needed_by,
                    elsewhere=str(elsewhere[0].name) if elsewhere and not name.schema else "",
                )
                continue
            there = {self._live.fold(each): found for each, found in live.columns.items()}
            found = there.get(self._live.fold(str(column.name)))
            if found is None:
                yield agc103_column_missing.column_missing(
                    shown, str(column.name), owner, live.columns, self._database, needed_by=needed_by
                )
                continue
            ours = ddl(written_type(column, self._live.dialect), self._dialect)
            if ours is not None and fit(ours, found.type, self._live.dialect) is Fit.NO:
                fix = f"Declare the column in {owner}'s ExternalTables with the type the database has."
                yield agc101_column_type.other_type(
                    shown, str(column.name), owner, ours, found.type, self._database, fix
                )

    def _relied_on(self) -> Iterator[tuple[TableName, Column[object], str, str]]:
        """What our keys refer to, what ``relies_on`` lists, and every column of a model that we wrote ourselves."""
        for reference in self._claims.references:
            yield reference.target, reference.key.column, self._claims.external[reference.target], reference.label
        for name, columns in self._claims.relies_on.items():
            for column in self._claims.tables[name].columns:
                if column.name in columns:
                    yield name, column, self._claims.external[name], "relies_on"
        for name, table in self._claims.tables.items():
            if external_tables_of(table) is None:
                owner = owner_of(table)
                yield from ((name, column, str(owner), f"the model of {name}") for column in table.columns)

    def _ddl(self, type_: TypeEngine[object]) -> str | None:
        """As the dialect writes a type; once for all that are of one class with the same attributes."""
        try:
            key = (type(type_), *vars(type_).items())
            if key not in self._written:
                self._written[key] = ddl(type_, self._dialect)
            return self._written[key]
        except TypeError:  # an attribute that has no hash: a list of an Enum's values
            return ddl(type_, self._dialect)

    # --- names

    def _locate(self, table: Table) -> _Located:
        """A table by the name that is sent, by its real name, and as the database has it."""
        known = self._located.get(table)
        if known is None:
            sent = self._sent(table_name(table))
            live = self._live.find(sent)
            real = live.name if live else sent.within(self._live.default_schema)
            known = self._located[table] = sent, real, live
        return known

    @cached_property
    def _classes(self) -> Mapping[Table, Sequence[type]]:
        return classes_by_table()

    def _place(self, table: Table, column: str | None = None) -> tuple[str | None, int | None]:
        return source_of(table, column, self._classes.get(table, ()))

    def _remembered(self, finding: Diagnostic, about: About) -> Diagnostic:
        self._about[finding] = about
        return finding

    def _sent(self, name: TableName) -> TableName:
        """The name as it is sent to the database."""
        if name.schema in self._translated:
            return TableName(self._translated[name.schema], name.name)
        return name

    def _name_of(self, index: Index) -> str:
        """As SQLAlchemy sends it: it shortens generated names itself."""
        if index.name is None:
            return "(without a name)"
        if len(index.name) <= self._longest_index_name and '"' not in index.name and "`" not in index.name:
            return index.name
        return self._dialect.identifier_preparer.format_index(index).strip('"`')

    def _folded(self, columns: Iterable[str]) -> list[str]:
        return [self._live.fold(each) for each in columns]

    def _same(self, one: Sequence[str], other: Sequence[str | None]) -> bool:
        """Whether two lists name the same columns in the same order."""
        if len(one) != len(other):
            return False
        return all(
            ours == theirs or (theirs is not None and self._live.fold(ours) == self._live.fold(theirs))
            for ours, theirs in zip(one, other, strict=True)
        )

    def _folded_set(self, columns: Iterable[str | None]) -> set[str | None]:
        return {each and self._live.fold(each) for each in columns}


_Each = TypeVar("_Each")
_Located = tuple[TableName, TableName, "LiveTable | None"]
_ROW_NUMBER = ("rowid", "oid", "_rowid_")


def _filled_by(column: Column[Any], found: LiveColumn, dialect: str) -> str:
    """What the model says that the database fills a column with; empty where it says nothing, or leaves it to a trigger."""
    match column.server_default:
        case Computed():
            return "a generated column"
        case Identity():
            return "an identity" if dialect == "postgresql" else ""  # SQLAlchemy writes none for the others
        case DefaultClause():
            return "a server default"
    # On SQLite only INTEGER numbers itself, and create_all() writes BIGINT for a BigInteger; of others it is not known.
    told = dialect in ("postgresql", "mysql", "mariadb")
    numbered = told and column is column.table.autoincrement_column and is_integer(found.type)
    return "a number of its own (autoincrement)" if numbered else ""


def is_temporary(table: Table) -> bool:
    """Whether each session makes a table of its own. ``_prefixes``: SQLAlchemy 2.0 and 2.1 keep ``prefixes=`` there."""
    return any(str(each).upper() in ("TEMPORARY", "TEMP") for each in getattr(table, "_prefixes", ()))


def _sorted(several: Collection[_Each], key: Callable[[_Each], Any]) -> Iterable[_Each]:
    """In order; most tables have one or none of a kind."""
    return sorted(several, key=key) if len(several) > 1 else several


def _plain_columns(index: Index) -> tuple[str, ...] | None:
    """The columns of an index, None where one of its parts is an expression."""
    columns = [each.name for each in index.expressions if isinstance(each, Column)]
    return tuple(columns) if len(columns) == len(index.expressions) else None


def _is_partial(index: Index, dialect: str) -> bool:
    """Whether it is one of some rows only; MariaDB has none of these."""
    options = index.dialect_options  # makes what it is asked for
    known = dialect in ("postgresql", "sqlite") and dialect in options
    return known and options[dialect].get("where") is not None


def _action(written: str | None) -> str:
    action = (written or "").upper()
    return "" if action in ("NO ACTION", "RESTRICT") else action


def _on_delete(action: str) -> str:
    return f" ON DELETE {action}" if action else ""


def named(claims: Claims) -> Iterator[TableName]:
    """Every table that a comparison asks for."""
    yield from claims.ours
    yield from (reference.target for reference in claims.references)
    yield from claims.relies_on
    yield from (name for name, table in claims.tables.items() if external_tables_of(table) is None)
    ours = set(claims.ours.values())
    for table in claims.ours.values():
        for key in table.foreign_keys:
            try:
                target = key.column.table
            except (NoReferencedTableError, NoReferencedColumnError):
                continue
            if target not in ours:
                yield table_name(target)
