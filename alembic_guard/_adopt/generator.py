"""The source of the models: sqlacodegen's, where it gives back what the database has, and ours where it does not.

Needs the extra ``adopt``. Written against sqlacodegen 4.0; the methods replaced here are those that its own generators
replace.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from alembic.migration import MigrationContext
from sqlacodegen.generators import Base as GeneratedBase
from sqlacodegen.generators import DeclarativeGenerator, LiteralImport
from sqlacodegen.models import ColumnAttribute, Model, ModelClass
from sqlacodegen.utils import render_callable
from sqlalchemy import (
    CheckConstraint,
    Column,
    DefaultClause,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    TextClause,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, DOMAIN
from sqlalchemy.exc import CompileError, SADeprecationWarning
from sqlalchemy.schema import Constraint
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import NullType

from alembic_guard._adopt.base import Base
from alembic_guard._adopt.identifiers import READ_BY_CLASS_BODIES, attribute_name, class_name, free_name
from alembic_guard._adopt.others import UNKNOWN, Others
from alembic_guard._adopt.reflection import Key, Reflected
from alembic_guard._names import TableName
from alembic_guard._types import written as type_in_ddl

_OPTIONS = ("nosyntheticenums", "nonativeenums", "include_dialect_options")
"""A VARCHAR with a CHECK stays one; an enum of the database is written with its values, which may be no names in
Python; options of a table are kept."""


class ModelsGenerator(DeclarativeGenerator):
    """Declarative models without relationships, whose compare with the database is empty.

    Args:
        names: How generated code writes the names of our tables, by their real names.
    """

    def __init__(
        self,
        context: MigrationContext,
        reflected: Reflected,
        others: Sequence[Others],
        base: Base,
        names: Mapping[TableName, TableName],
    ) -> None:
        assert context.connection is not None
        super().__init__(reflected.metadata, context.connection, _OPTIONS, base_class_name=base.name)
        self.reflected = reflected
        self.others = {table: each for each in others for table in each.tables}
        self.project_base = base
        self.names = names
        self._is_postgresql = context.connection.dialect.name == "postgresql"
        self.real = {id(table): name for name, table in reflected.tables.items()}

    def generate(self) -> str:
        with warnings.catch_warnings():
            # sqlacodegen asks types for what SQLAlchemy 2.1 no longer wants to be asked.
            warnings.simplefilter("ignore", SADeprecationWarning)
            return without_unused_imports(super().generate())

    # The head of the module

    def generate_base(self) -> None:
        declarations: list[str] = []
        for each in dict.fromkeys(self.others.values()):
            declarations += [*self._declared(each), ""]
        if self.project_base.is_new:
            self.add_import(MetaData)
            body = [f"{self.indentation}{line}" for line in self.project_base.body(unique_named=self._unique_named())]
            declarations += ["", f"class {self.base_class_name}(DeclarativeBase):", *body]
        imports = [LiteralImport("sqlalchemy.orm", "DeclarativeBase")]
        imports += [LiteralImport(module, name) for module, name in self.project_base.imports]
        self.base = GeneratedBase(imports, declarations, f"{self.base_class_name}.metadata")

    def _unique_named(self) -> bool:
        constraints = [each for table in self.reflected.tables.values() for each in table.constraints]
        return all(each.name for each in constraints if isinstance(each, UniqueConstraint))

    def _declared(self, others: Others) -> list[str]:
        if others.preset is not None:
            self.add_literal_import("alembic_guard.presets", "better_auth")
            arguments = {name: repr(value) for name, value in others.preset.items()}
            return [f"{others.variable} = {render_callable('better_auth', kwargs=arguments)}"]
        self.add_literal_import("alembic_guard", "ExternalTables")
        why = "# Whose tables are these? Write the owner's name, so that diagnostics can say it."
        tables = [f"        {key!r}: {self._stub(table, others)}," for table, (key, _) in others.tables.items()]
        call = [f"{others.variable} = ExternalTables(", f"    {others.owner!r},", "    {", *tables, "    },", ")"]
        return [why, *call] if others.owner == UNKNOWN else call

    def _stub(self, name: TableName, others: Others) -> str:
        for type_ in (Table, MetaData, Column):
            self.add_import(type_)
        live = others.tables[name][1]
        columns = []
        for column in (live.c[each] for each in others.columns[name]):
            bare = Column(column.name, self._adapted(column), primary_key=column.primary_key)
            self.add_import(bare.type)
            arguments = [repr(str(bare.name)), super().render_column_type(bare)]
            columns.append(render_callable("Column", *arguments, *(["primary_key=True"] if bare.primary_key else [])))
        schema = {"schema": repr(live.schema)} if live.schema else {}
        return render_callable("Table", repr(str(live.name)), "MetaData()", *columns, kwargs=schema)

    def _adapted(self, column: Column[Any]) -> Any:
        try:
            return self.get_adapted_type(column.type)
        except CompileError:
            return column.type

    # Which classes, and what they are called

    def generate_models(self) -> list[Model]:
        models: list[Model] = []
        for table in self.reflected.tables.values():
            model: Model = ModelClass(table) if table.primary_key else Model(table)
            if isinstance(model, ModelClass):
                model.columns = [ColumnAttribute(model, column) for column in table.columns]
            models.append(model)
        self.collect_imports(models)
        taken = self._module_names()
        for model in models:
            self.generate_model_name(model, taken)
            taken.add(model.name)
        return models

    def _module_names(self) -> set[str]:
        imported = {name for names in self.imports.values() for name in names}
        return {
            *imported,
            *READ_BY_CLASS_BODIES,
            self.base_class_name,
            *(each.variable for each in self.others.values()),
        }

    def generate_model_name(self, model: Model, global_names: set[str]) -> None:
        wanted = class_name(model.table.name)
        if not isinstance(model, ModelClass):
            model.name = free_name(f"t_{attribute_name(model.table.name)}", global_names)
            return
        model.name = free_name(wanted if wanted not in global_names else f"{wanted}_", global_names)
        read = self._module_names()
        names: set[str] = set()
        for each in model.columns:
            each.name = free_name(attribute_name(str(each.column.name), self._hides(read)), names)
            names.add(each.name)

    def _hides(self, read: set[str]) -> Callable[[str], bool]:
        return lambda name: name in read or name in self.project_base.attributes

    # Types and defaults as they are

    def fix_column_types(self, table: Table) -> None:
        """sqlacodegen makes a Boolean of an integer with a CHECK and drops the CHECK, and drops a sequence's default;
        both would be differences."""
        inherits = table.dialect_options["postgresql"].get("inherits") if self._is_postgresql else None
        if inherits:
            # A tuple would be written as a text that looks like one.
            table.dialect_options["postgresql"]["inherits"] = list(inherits)
        for column in table.columns:
            column.type = self._adapted(column)
            _leave_out_default_collation(column.type)
            default = column.server_default
            if isinstance(default, DefaultClause) and isinstance(default.arg, TextClause):
                default.arg.text = escaped(default.arg.text)
        if id(table) in self.real:
            self._take_keys(table)

    def render_column_attribute(self, column_attr: ColumnAttribute) -> str:
        """A column whose type SQLAlchemy does not know is a plain Column: ``mapped_column()`` insists on a type."""
        if isinstance(column_attr.column.type, NullType):
            return f"{column_attr.name} = {self.render_column(column_attr.column, True, is_table=True)}"
        return super().render_column_attribute(column_attr)

    def _take_keys(self, table: Table) -> None:
        """Keys of one column are written in it, from ``Reflected.keys``."""
        for constraint in table.foreign_key_constraints:
            if len(constraint.elements) == 1:
                table.constraints.discard(constraint)
        for key in self._keys_of_one(table):
            column = table.c[key.columns[0]]
            other = self.others.get(key.target)
            if other and self._same_type(other.tables[key.target][1].c[key.referred[0]], column):
                column.info["from_key"] = True
                column.type = other.tables[key.target][1].c[key.referred[0]].type
        for column in table.columns:
            column.foreign_keys.clear()

    def _keys_of_one(self, table: Table) -> list[Key]:
        return [key for key in self.reflected.keys[self.real[id(table)]] if len(key.columns) == 1]

    def _same_type(self, one: Column[Any], other: Column[Any]) -> bool:
        dialect = self.bind.dialect
        return type_in_ddl(one.type, dialect) == type_in_ddl(other.type, dialect)

    def render_column_type(self, column: Column[Any]) -> str:
        """The type and the keys; a key into another owner's table brings its type along."""
        if id(column.table) not in self.real:
            return super().render_column_type(column)
        keys = [key for key in self._keys_of_one(column.table) if key.columns[0] == column.name]
        type_ = [] if column.info.pop("from_key", False) else [self._type(column)]
        return ", ".join([*type_, *(self._key(key) for key in keys)])

    def _type(self, column: Column[Any]) -> str:
        type_ = column.type
        collation = type_.collation if isinstance(type_, DOMAIN) else None
        if collation is None or not isinstance(type_, DOMAIN):
            return super().render_column_type(column)
        # sqlacodegen writes it by its place; DOMAIN takes it by its name.
        type_.collation = None
        return f"{super().render_column_type(column).removesuffix(')')}, collation={collation!r})"

    # Constraints and indexes

    def _key(self, key: Key) -> str:
        self.add_import(ForeignKey)
        return render_callable("ForeignKey", self._referred(key)[0], kwargs=self._options_of(key))

    def _options_of(self, key: Key) -> dict[str, str]:
        return {option: repr(value) for option, value in key.options.items()}

    def _referred(self, key: Key) -> list[str]:
        other = self.others.get(key.target)
        if other is not None:
            return [other.column(key.target, column) for column in key.referred]
        target = self.names[key.target]
        return [repr(f"{target}.{column}") for column in key.referred]

    def render_constraint(self, constraint: Constraint | ForeignKey) -> str:
        match constraint:
            case ForeignKeyConstraint():
                self.add_import(ForeignKeyConstraint)
                key = self._key_of(constraint)
                columns = [repr(list(key.columns)), f"[{', '.join(self._referred(key))}]"]
                return render_callable("ForeignKeyConstraint", *columns, kwargs=self._options_of(key))
            case CheckConstraint():
                return self._named("CheckConstraint", "ck", constraint, [repr(sql_of(constraint.sqltext))])
            case UniqueConstraint() | PrimaryKeyConstraint():
                kind = "uq" if isinstance(constraint, UniqueConstraint) else "pk"
                columns = [repr(str(column.name)) for column in constraint.columns]
                return self._named(type(constraint).__name__, kind, constraint, columns)
        return super().render_constraint(constraint)

    def _key_of(self, constraint: ForeignKeyConstraint) -> Key:
        columns = tuple(column.name for column in constraint.columns)
        return next(
            key
            for key in self.reflected.keys[self.real[id(constraint.table)]]
            if key.columns == columns and key.options.get("name") == constraint.name
        )

    def _named(self, call: str, kind: str, constraint: Constraint, arguments: Sequence[str]) -> str:
        kwargs = dialect_options(constraint)
        for option in ("deferrable", "initially"):
            if getattr(constraint, option, None) is not None:
                kwargs[option] = repr(getattr(constraint, option))
        if constraint.name:
            kwargs["name"] = repr(str(constraint.name))
            if "%(constraint_name)s" in str(self.project_base.convention.get(kind, "")):
                # Without conv() the convention would be applied to the whole name once more.
                self.add_literal_import("sqlalchemy.schema", "conv")
                kwargs["name"] = f"conv({kwargs['name']})"
        return render_callable(call, *arguments, kwargs=kwargs)

    def render_index(self, index: Index) -> str:
        self.add_import(Index)
        elements = [self._element(each) for each in index.expressions]
        kwargs = {**({"unique": "True"} if index.unique else {}), **dialect_options(index)}
        if "text(" in f"{elements}{kwargs}":
            self.add_literal_import("sqlalchemy", "text")
        return render_callable("Index", repr(str(index.name)), *elements, kwargs=kwargs)

    def _element(self, element: Any) -> str:
        if isinstance(element, Column):
            return repr(str(element.name))
        if isinstance(element, TextClause):
            return render_callable("text", repr(sql_of(element)))
        sql = str(element.compile(dialect=self.bind.dialect, compile_kwargs={"include_table": False}))
        doubled = self.bind.dialect.paramstyle in ("format", "pyformat")
        return render_callable("text", repr(escaped(sql.replace("%%", "%") if doubled else sql)))

    # What a table says of itself

    def render_table_args(self, table: Table) -> str:
        self._leave_out_default_key_name(table)
        table.schema = self.names[self.real[id(table)]].schema
        return super().render_table_args(table)

    def render_table(self, table: Table) -> str:
        table.schema = self.names[self.real[id(table)]].schema
        return super().render_table(table)

    def _leave_out_default_key_name(self, table: Table) -> None:
        """The name that PostgreSQL gives by itself says nothing, unless a convention would give another."""
        if table.primary_key.name == f"{table.name}_pkey" and "pk" not in self.project_base.convention:
            table.primary_key.name = None


def _leave_out_default_collation(type_: Any) -> None:
    """A domain of text is reflected with the collation ``default``, which is what it has without one."""
    inner = type_.item_type if isinstance(type_, ARRAY) else type_
    if isinstance(inner, DOMAIN):
        domain_and_type: tuple[Any, Any] = inner, inner.data_type
        for each in domain_and_type:
            if getattr(each, "collation", None) == "default":
                each.collation = None


def dialect_options(item: Index | Constraint) -> dict[str, str]:
    """``postgresql_where`` and the like, as source."""
    return {
        name: render_callable("text", repr(sql_of(value))) if isinstance(value, ClauseElement) else repr(value)
        for name, value in sorted(item.dialect_kwargs.items())
        # SQLAlchemy reflects a CHECK with NO INHERIT with an option that it does not take.
        if name != "dialect_options" and value is not None and value not in ([], {}, False)
    }


def sql_of(element: Any) -> str:
    """An expression as text() takes it. A text is taken as it is: compiling it would double its percent signs."""
    return escaped(element.text if isinstance(element, TextClause) else str(element))


def escaped(sql: str) -> str:
    """Without what text() would take for a parameter (``sqlalchemy.sql.elements.TextClause._bind_params_regex``)."""
    return re.sub(r"(?<![:\w\\]):(?=\w+(?!:))", r"\\:", sql)


def without_unused_imports(source: str) -> str:
    """The source without imports that nothing in it names."""
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    return "".join(line for each in source.splitlines(keepends=True) for line in _kept(each, used))


def _kept(line: str, used: set[str]) -> Iterable[str]:
    from_ = re.fullmatch(r"(from \S+ import )(.+)\n", line)
    if from_ is None:
        plain = re.fullmatch(r"import (\w+)\n", line)
        return [] if plain and plain[1] not in used else [line]
    names = [name for name in from_[2].split(", ") if name in used]
    return [f"{from_[1]}{', '.join(names)}\n"] if names else []
