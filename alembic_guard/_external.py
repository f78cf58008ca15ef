"""Tables that another migrator owns, as values that our models and our Guard can name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Column, Connection, MetaData, Table, event
from sqlalchemy.exc import NoReferencedColumnError, NoReferencedTableError
from sqlalchemy.types import TypeEngine

from alembic_guard._database import describe
from alembic_guard._names import TableName
from alembic_guard._rules import age108_bad_guard, ago106_create_drop_all
from alembic_guard._stop import stop

if TYPE_CHECKING:
    # Contracts know the types of every dialect, which SQLAlchemy would import for models that have none.
    from alembic_guard._contract.contract import Contract

MARK = "alembic_guard"
"""The key in ``Table.info`` and ``MetaData.info`` under which we keep what we know."""


def external(owner: str) -> dict[str, Any]:
    """The ``info`` of a hand-written model of somebody else's table.

    .. code-block:: python

        class Organization(Base):
            __tablename__ = "organization"
            __table_args__ = {"info": external("better-auth")}

    .. versionadded:: 0.1
    """
    return {MARK: {"owner": owner}}


class ExternalTables:
    """The tables of one other owner: which they are, and what we may rely on.

    ``auth["user"]`` is a SQLAlchemy Table in a MetaData of its own: a key into it needs nothing else, and
    ``Base.metadata.create_all()`` and ``drop_all()`` never see it.

    Args:
        owner: Who migrates these tables, in one word: ``better-auth``.
        tables: Tables with their columns (``sqlalchemy.Table``, copied), or bare names where nothing refers to a
            column. ``"auth.user"`` is schema and name; ``TableName(None, "a.b")`` is a name with a dot. A mapping gives
            each table the name by which ``[name]`` finds it.
        patterns: Names with ``*`` and ``?``, matched with case: ``"django_*"``, ``"tiger.*"``.
        migrate: The command that runs the owner's migrator, shown in hints.
        relies_on: Columns, by table, that must be there beside those our keys refer to: ``{"user": ["email"]}``.
        created_by: ``"alembic"`` where our own chain creates those of the tables (with columns) that the database does
            not have; from then on they are the owner's. None: the owner does.
        hints: By a name that is not among them: what to write to have it, shown where ``[name]`` does not find it.

    Raises:
        GuardError: AGE108 when a name, a relied-on column or ``created_by`` makes no sense.

    .. versionadded:: 0.1
    """

    def __init__(
        self,
        owner: str,
        tables: Iterable[str | TableName | Table] | Mapping[str, Table | TableName] = (),
        *,
        patterns: Iterable[str] = (),
        migrate: str | None = None,
        relies_on: Mapping[str, Iterable[str]] | None = None,
        created_by: str | None = None,
        hints: Mapping[str, str] | None = None,
    ) -> None:
        self.owner = owner
        self._hints = dict(hints or {})
        self.migrate = migrate
        self.created_by = created_by
        self.database: str | None = None
        self.metadata = MetaData(info={MARK: self})
        self._tables: dict[str, Table] = {}
        if isinstance(tables, (str, TableName)) or isinstance(patterns, str):
            stop(
                age108_bad_guard.bad_value(
                    f"ExternalTables({owner!r})", tables or patterns, "a list of names", "['user']"
                )
            )
        names: set[TableName] = set()
        for name, table in _named(tables):
            if isinstance(table, Table):
                copy = table.to_metadata(self.metadata)
                copy.info = {**copy.info, **external(owner)}
                self._tables[name] = copy
                table = table_name(copy)
            names.add(table)
        self.names = frozenset(names)
        self.patterns = tuple(TableName.parse(pattern) for pattern in patterns)
        self.relies_on = self._checked(relies_on or {})
        self._check_created_by()

    @property
    def created(self) -> Iterable[Table]:
        """The tables that our own chain creates."""
        return self.metadata.tables.values() if self.created_by == "alembic" else ()

    def __repr__(self) -> str:
        return f"<ExternalTables {self.owner}: {', '.join(map(str, sorted([*self.names, *self.patterns])))}>"

    def __getitem__(self, name: str) -> Table:
        """The Table of that name, as its owner calls it.

        Raises:
            GuardError: AGE108 when this owner has no such table with columns; the message lists those it has.
        """
        if name not in self._tables:
            known = ", ".join(sorted(self._tables)) or "none with columns"
            where, expected = f"ExternalTables({self.owner!r})", f"one of its tables ({known})"
            stop(age108_bad_guard.bad_value(where, name, expected, self._hints.get(name, "")))
        return self._tables[name]

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    def claims(self, name: TableName) -> bool:
        """Whether a pattern of this owner matches the name; exact names are in ``.names``."""
        return any(name.matches(pattern) for pattern in self.patterns)

    def attach(self, metadata: MetaData) -> None:
        """Copy the tables into a MetaData, so that string keys (``"user.id"``) and relationships find them.

        Names already there are skipped. From then on ``create_all`` that would create one of them, and ``drop_all``
        that would drop one, stop with GuardError AGO106 before any DDL.

        Raises:
            GuardError: AGE108 when the MetaData has a schema and a table here has none: SQLAlchemy would then read
                ``"user.id"`` as a table of that schema.
        """
        unqualified = sorted(table.name for table in self.metadata.tables.values() if not table.schema)
        if metadata.schema and unqualified:
            stop(
                age108_bad_guard.bad_value(
                    f"attach() of {self.owner} to MetaData(schema={metadata.schema!r})",
                    ", ".join(unqualified),
                    "tables with a schema",
                    "better_auth(schema='public')  # the schema they are in",
                )
            )
        attached = {
            table.to_metadata(metadata) for table in self.metadata.tables.values() if table.key not in metadata.tables
        }
        for table in attached:
            table.info = {**table.info, MARK: {**table.info[MARK], "attached": self}}

        def refuse(verb: str, connection: Connection, tables: Iterable[Table]) -> None:
            reached = sorted(table_name(table) for table in tables if table in attached)
            if reached:
                stop(ago106_create_drop_all.would_reach(verb, self.owner, reached, describe(connection)))

        for verb in ("create", "drop"):

            def before(target: Any, connection: Connection, *, _verb: str = verb, **given: Any) -> None:
                reached = given.get("tables") if isinstance(target, MetaData) else [target]
                refuse(_verb, connection, reached or ())

            for target in (metadata, *attached):
                event.listen(target, f"before_{verb}", before)

    def create_all(self, connection: Connection) -> None:
        """Create the tables as their owner would, for test databases; what exists is left as it is."""
        self.metadata.create_all(connection)

    @classmethod
    def reflect(
        cls,
        connection: Connection,
        owner: str,
        names: Iterable[str | TableName],
        *,
        migrate: str | None = None,
    ) -> ExternalTables:
        """The named tables as a live database has them: columns, types, keys among them, uniques.

        Args:
            connection: A sync Connection; from an AsyncConnection by its ``run_sync``.
            names: Tables, and patterns with ``*`` and ``?``: the tables that match, and the patterns themselves.

        Raises:
            GuardError: AGE108 when the database has no such table.

        .. versionadded:: 0.1
        """
        from alembic_guard._contract.live import read_live

        return cls._of_contract(replace(read_live(connection, owner, names), migrate=migrate))

    @classmethod
    def load(cls, path: str | Path) -> ExternalTables:
        """The tables of a contract file, which ``save`` or ``python -m alembic_guard pull`` wrote.

        Raises:
            GuardError: AGE120 with file and line when there is none or it cannot be read.

        .. versionadded:: 0.1
        """
        from alembic_guard._contract.document import read

        return cls._of_contract(read(path))

    def save(self, path: str | Path) -> None:
        """Write a contract file: JSON, sorted, one column a line. What exists under that name is written over.

        It holds what can be relied on (names, types, nullability, primary keys, uniques, keys among them), not
        what only a creation needs (defaults, indexes).

        Raises:
            GuardError: AGE108 when our chain creates the tables, or a type is none of SQLAlchemy's own.

        .. versionadded:: 0.1
        """
        from alembic_guard._contract.document import as_text

        text = as_text(self._as_contract())
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    @classmethod
    def _of_contract(cls, contract: Contract) -> ExternalTables:
        """The tables of a contract."""
        from alembic_guard._contract.contract import tables_of

        tables = tables_of(contract)
        made = cls(
            contract.owner,
            tables,
            patterns=contract.patterns,
            migrate=contract.migrate,
            relies_on={
                label: table.relies_on for label, table in zip(tables, contract.tables, strict=True) if table.relies_on
            },
        )
        made.database = contract.database
        return made

    def _as_contract(self) -> Contract:
        """What ``save`` writes, as a value."""
        from alembic_guard._contract.contract import Contract, ContractTable, contract_table
        from alembic_guard._contract.types import UnknownType

        where = f"save() of {self.owner}"
        if self.created_by == "alembic":
            stop(age108_bad_guard.bad_value(where, "created_by='alembic'", "tables that their owner creates"))
        labels = {table_name(table): label for label, table in self._tables.items()}
        own = list(self.metadata.tables.values())
        tables = []
        for name in sorted(self.names):
            table = self.metadata.tables.get(str(name)) if name in labels else None
            try:
                said = ContractTable(name) if table is None else contract_table(table, own)
            except UnknownType as error:
                hint = "Save what the database has: ExternalTables.reflect(connection, ...).save(path)"
                stop(
                    age108_bad_guard.bad_value(f"{where}: {name}", str(error), "a type of SQLAlchemy", hint),
                    cause=error,
                )
            called = labels.get(name, name.name)
            relied = tuple(sorted(self.relies_on.get(name, ())))
            tables.append(replace(said, called=called if called != name.name else None, relies_on=relied))
        patterns = tuple(map(str, self.patterns))
        return Contract(self.owner, tuple(tables), patterns, self.migrate, self.database).sorted()

    def _checked(self, relies_on: Mapping[str, Iterable[str]]) -> dict[TableName, frozenset[str]]:
        checked = {}
        for name, columns in relies_on.items():
            table, wanted = self[name], frozenset(columns)
            unknown = sorted(wanted - {column.name for column in table.columns})
            if unknown:
                expected = f"columns of {name} ({', '.join(column.name for column in table.columns)})"
                stop(age108_bad_guard.bad_value(f"relies_on of {self.owner}", ", ".join(unknown), expected))
            checked[table_name(table)] = wanted
        return checked

    def _check_created_by(self) -> None:
        where = f"ExternalTables({self.owner!r}, created_by=...)"
        if self.created_by not in (None, self.owner, "alembic"):
            stop(age108_bad_guard.bad_value(where, self.created_by, f"'alembic', or None for {self.owner}"))
        if self.created_by == "alembic" and not self._tables:
            stop(age108_bad_guard.bad_value(where, sorted(map(str, self.names)), "tables with their columns"))
        for key in (key for table in self.created for key in table.foreign_keys):
            try:
                key.column  # noqa: B018  # looks the target up
            except (NoReferencedTableError, NoReferencedColumnError):
                stop(age108_bad_guard.bad_value(where, key.target_fullname, "every table that its tables refer to"))


def table_name(table: Table) -> TableName:
    """A Table's name as a value, as it is written: schema None stays None."""
    return TableName(table.schema, str(table.name))


def owner_of(table: Table) -> str | None:
    """The owner that a Table itself names: by its info, or by the MetaData it lives in."""
    marked = table.info.get(MARK)
    if isinstance(marked, dict) and "owner" in marked:
        return str(marked["owner"])
    tables = external_tables_of(table)
    return tables.owner if tables else None


def external_tables_of(table: Table) -> ExternalTables | None:
    """The ExternalTables whose own MetaData holds this Table, or that were attached with it."""
    found = table.info.get(MARK, {}).get("attached") or table.metadata.info.get(MARK)
    return found if isinstance(found, ExternalTables) else None


def name_with_owner(table: Table) -> str:
    """The name by which ``[name]`` of its ExternalTables finds the table."""
    tables = external_tables_of(table)
    known = {} if tables is None else tables._tables
    return next((name for name, each in known.items() if table_name(each) == table_name(table)), str(table.name))


def written_type(column: Column[Any], dialect: str) -> TypeEngine[Any]:
    """An external column's type as its owner writes it on this dialect."""
    return cast("TypeEngine[Any]", _of_dialect(column.info.get(MARK, {}).get("types", {}), dialect, column.type))


def written_default(column: Column[Any], dialect: str) -> Any:
    """An external column's server default as its owner writes it on this dialect; None where it writes none."""
    return _of_dialect(column.info.get(MARK, {}).get("defaults", {}), dialect, column.server_default)


def _of_dialect(said: Mapping[str, Any], dialect: str, otherwise: Any) -> Any:
    name = "mysql" if dialect == "mariadb" else dialect
    return said.get(name, said.get("", otherwise))


def _named(
    tables: Iterable[str | TableName | Table] | Mapping[str, Table | TableName],
) -> Iterable[tuple[str, TableName | Table]]:
    if isinstance(tables, Mapping):
        yield from cast("Mapping[str, Table | TableName]", tables).items()
        return
    for each in tables:
        if isinstance(each, Table):
            yield str(each.name), each
        else:
            name = each if isinstance(each, TableName) else TableName.parse(each)
            yield name.name, name
