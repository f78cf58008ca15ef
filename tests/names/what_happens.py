"""What really happens to a model with an attribute of some name: its source is run, a row is written and read back."""

from __future__ import annotations

import keyword
import warnings
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

HEADS = {
    "DeclarativeBase": """
from sqlalchemy import Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
""",
    "declarative_base()": """
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base
Base = declarative_base()
""",
    "MappedAsDataclass": """
from sqlalchemy import Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
class Base(MappedAsDataclass, DeclarativeBase):
    pass
""",
    "SQLModel": """
from sqlalchemy import Column, Integer
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel
class Base(SQLModel, registry=registry()):
    pass
""",
    "Flask-SQLAlchemy": """
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()
Base = db.Model
""",
}
BODIES = {
    "DeclarativeBase": """
class {cls}(Base):
    __tablename__ = "{table}"
    id: Mapped[int] = mapped_column(primary_key=True)
    {name}: Mapped[int] = mapped_column("probed", Integer)
""",
    "declarative_base()": """
class {cls}(Base):
    __tablename__ = "{table}"
    id = Column(Integer, primary_key=True)
    {name} = Column("probed", Integer)
""",
    "MappedAsDataclass": """
class {cls}(Base):
    __tablename__ = "{table}"
    id: Mapped[int] = mapped_column(primary_key=True)
    {name}: Mapped[int] = mapped_column("probed", Integer, default=None)
""",
    "SQLModel": """
class {cls}(Base, table=True):
    __tablename__ = "{table}"
    id: int = Field(default=None, primary_key=True)
    {name}: int = Field(default=None, sa_column=Column("probed", Integer))
""",
    "Flask-SQLAlchemy": """
class {cls}(db.Model):
    __tablename__ = "{table}"
    id = db.Column(db.Integer, primary_key=True)
    {name} = db.Column("probed", db.Integer)
""",
}
MORE = [
    *("metadata", "registry", "query", "query_class", "items", "keys", "values", "get", "c", "copy", "json", "schema"),
    *("_private", "_sa_x", "_sa_registry", "__x__", "__private", "__doc__", "__str__", "__tablename__", "__table__"),
    *("__mapper__", "__abstract__", "__mapper_args__", "__table_args__", "model_config", "title", "type", "order"),
    *("type_annotation_map", "__allow_unmapped__", "add", "remove", "update", "extend", "contains_column", "user"),
]


def namespace(style: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "probed"}
    run(HEADS[style], found)
    return found


def run(source: str, found: dict[str, Any]) -> None:
    # dont_inherit: this file's own `from __future__ import annotations` would hold in it.
    exec(compile(source, "models.py", "exec", dont_inherit=True), found)


def names(style: str) -> list[str]:
    """Every name that the base has, those that a ColumnCollection has, and some more."""
    base = namespace(style)["Base"]
    found = {*dir(base), *dir(sa.Table("t", sa.MetaData()).c), *MORE} - {"id"}
    return sorted(name for name in found if name.isidentifier() and not keyword.iskeyword(name))


def as_stored(name: str, cls: str) -> str:
    return f"_{cls}{name}" if name.startswith("__") and not name.endswith("__") else name


def what_happens(style: str, name: str) -> tuple[str, str]:
    """One of ``error``, ``not mapped``, ``warned``, ``hides``, ``fine``; and the words that came with it."""
    stored = as_stored(name, "Probe")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # what is collected meanwhile
        found = namespace(style)
        before = dir(found["Base"])
        warned.clear()
        try:
            run(BODIES[style].format(cls="Probe", table="probe", name=name), found)
            made = found["Probe"]
            mapped = stored in made.__mapper__.attrs
        except Exception as error:  # noqa: BLE001
            return "error", f"the class: {type(error).__name__}"
        said = [str(each.message) for each in warned]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            written(made, stored if mapped else None)
        except Exception as error:  # noqa: BLE001
            return "error", f"a row: {type(error).__name__}"
    if not mapped:
        return "not mapped", ""
    if said:
        return "warned", said[-1].split(" in ")[0][:60]
    return ("hides", "") if stored in before else ("fine", "")


def written(made: Any, name: str | None) -> None:
    engine = sa.create_engine("sqlite://")
    try:
        made.__table__.create(engine)
        with Session(engine) as session:
            row = made(id=1)
            if name:
                setattr(row, name, 7)
            session.add(row)
            session.commit()
            session.expunge_all()
            assert name is None or getattr(session.get(made, 1), name) == 7
    finally:
        engine.dispose()


def hidden_in_collection(name: str) -> bool:
    """Whether ``table.c.name`` is no column: nothing can be selected by it."""
    table = sa.Table("t", sa.MetaData(), sa.Column(name, sa.Integer))
    return not isinstance(eval(f"table.c.{name}", {"table": table}), sa.Column)
