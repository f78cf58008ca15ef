"""Names: what the linter and the comparator say is what happens."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlalchemy.orm

from alembic_guard import Guard, GuardError, lint_models
from alembic_guard._lint.suggestions import suggestion
from alembic_guard.cli import main
from tests.kit import Chain, Database, alembic
from tests.names.table import reported
from tests.names.what_happens import HEADS, hidden_in_collection, names, what_happens

ON_21 = tuple(map(int, sa.__version__.split(".")[:2])) >= (2, 1)


@pytest.mark.parametrize("style", list(HEADS))
def test_every_verdict_is_what_happens_when_the_class_is_made_a_row_written_and_read(style: str) -> None:
    probed = names(style)

    said = reported(style, probed)

    happened = {name: (what_happens(style, name)[0], hidden_in_collection(name)) for name in probed}
    assert said == happened
    assert {"error", "not mapped", "fine"} <= {verdict for verdict, _ in said.values()} | {"not mapped"}
    assert said["metadata"][0] != "fine"
    assert said["title"] == ("fine", False)


def linted(folder: Path, files: dict[str, str], paths: Sequence[str] = (".",), **given: str) -> list[tuple[str, str]]:
    """Codes and objects of what is found."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    found = lint_models([folder / each for each in paths], **given)  # type: ignore[arg-type]
    return [(each.code, str(each.location.object)) for each in found]


METADATA = "AGN103" if ON_21 else "AGN102"

STYLES = {
    "a DeclarativeBase under another name": """
        import sqlalchemy.orm as orm
        class Model(orm.DeclarativeBase): ...
        class A(Model):
            __tablename__ = "a"
            id = orm.mapped_column(primary_key=True)
            metadata: orm.Mapped[str]
        """,
    "everything imported under other names": """
        from sqlalchemy import Column as C, Integer
        from sqlalchemy.orm import DeclarativeBase as B, mapped_column as m
        class Base(B): ...
        class A(Base):
            __tablename__ = "a"
            metadata = C(Integer)
        """,
    "declarative_base()": """
        from sqlalchemy import Column, Integer
        from sqlalchemy.ext.declarative import declarative_base as make
        Base = make()
        class A(Base):
            __tablename__ = "a"
            metadata = Column(Integer)
        """,
    "registry().generate_base()": """
        from sqlalchemy import Column, Integer
        from sqlalchemy.orm import registry
        mapper_registry = registry()
        Base = mapper_registry.generate_base()
        class A(Base):
            __tablename__ = "a"
            metadata = Column(Integer)
        """,
    "a mapped class": """
        from sqlalchemy import Column, Integer
        from sqlalchemy.orm import registry
        reg = registry()
        @reg.mapped
        class A:
            __tablename__ = "a"
            metadata = Column(Integer)
        """,
    "a mixin that a model inherits": """
        from sqlalchemy import Integer
        from sqlalchemy.orm import DeclarativeBase, mapped_column
        class Base(DeclarativeBase): ...
        class A:
            metadata = mapped_column(Integer)
        class B(A, Base):
            __tablename__ = "b"
        """,
    "an abstract base": """
        from sqlalchemy import Integer
        from sqlalchemy.orm import DeclarativeBase, mapped_column
        class Base(DeclarativeBase): ...
        class A(Base):
            __abstract__ = True
            metadata = mapped_column(Integer)
        """,
    "a declared_attr": """
        from sqlalchemy import Integer
        from sqlalchemy.orm import DeclarativeBase, declared_attr, mapped_column
        class Base(DeclarativeBase): ...
        class A(Base):
            __tablename__ = "a"
            @declared_attr
            def metadata(cls):
                return mapped_column(Integer)
        """,
    "a relationship": """
        from sqlalchemy.orm import DeclarativeBase, Mapped, relationship
        class Base(DeclarativeBase): ...
        class A(Base):
            __tablename__ = "a"
            metadata: Mapped["B"] = relationship()
        """,
    "a base that is nowhere": """
        from elsewhere import Base
        from sqlalchemy import Column, Integer
        class A(Base):
            __tablename__ = "a"
            metadata = Column(Integer)
        """,
}


@pytest.mark.parametrize("source", STYLES.values(), ids=list(STYLES))
def test_every_way_of_declaring_a_model_is_read(tmp_path: Path, source: str) -> None:
    assert linted(tmp_path, {"models.py": source}) == [(METADATA, "A.metadata")]


def test_a_dataclass_and_a_sqlmodel_and_a_flask_model_are_read(tmp_path: Path) -> None:
    found = linted(
        tmp_path,
        {
            "dataclass.py": HEADS["MappedAsDataclass"] + "class A(Base):\n    metadata: Mapped[int]\n",
            "flask_models.py": "from extensions import db\nclass B(db.Model):\n    query = db.Column(db.Text)\n",
            "extensions.py": "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy(disable_autonaming=True)\n",
            "sqlmodel_models.py": "from sqlmodel import SQLModel\nclass C(SQLModel, table=True):\n    copy: int\n"
            "class Schema(SQLModel):\n    metadata: int\n",
        },
    )

    assert found == [(METADATA, "A.metadata"), ("AGN105", "B.query"), ("AGN103", "C.copy")]


def test_bases_and_mixins_are_followed_through_other_files(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/db/__init__.py": "from .base import Base\n",
        "app/db/base.py": "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): ...\n",
        "app/mixins.py": "class ToDict:\n    def to_dict(self): return {}\n",
        "app/models.py": """
            from sqlalchemy.orm import Mapped
            from .db import Base
            from app.mixins import ToDict
            class A(ToDict, Base):
                __tablename__ = "a"
                to_dict: Mapped[str]
            """,
    }

    assert linted(tmp_path, files, ["app/models.py"]) == [("AGN105", "A.to_dict")]


def test_a_property_or_a_placeholder_of_a_mixin_is_a_promise_that_the_column_keeps(tmp_path: Path) -> None:
    mixin = (
        "class M:\n    @property\n    def a(self): return 0\n"
        "    def b(self):\n        raise NotImplementedError\n    def c(self): ...\n    def d(self): return 1\n"
    )
    columns = "".join(f"    {name}: Mapped[int]\n" for name in "abcd")
    body = f'{mixin}class A(M, Base):\n    __tablename__ = "a"\n{columns}'

    assert linted(tmp_path, {"models.py": HEADS["DeclarativeBase"] + body}) == [("AGN105", "A.d")]


def test_a_column_and_a_function_of_one_name_in_one_class(tmp_path: Path) -> None:
    source = HEADS["DeclarativeBase"] + (
        'class A(Base):\n    __tablename__ = "a"\n    total: Mapped[int] = mapped_column(Integer)\n    def total(self): return 1\n'
    )
    assert linted(tmp_path, {"models.py": source}) == [("AGN105", "A.total")]


def test_a_name_that_is_silently_left_out_is_an_error(tmp_path: Path) -> None:
    body = 'class A(Base):\n    __tablename__ = "a"\n    _sa_note: Mapped[int] = mapped_column(Integer)\n'

    assert linted(tmp_path, {"models.py": HEADS["DeclarativeBase"] + body}) == [("AGN104", "A._sa_note")]


def test_a_column_kept_under_another_attribute_is_fine(tmp_path: Path) -> None:
    source = HEADS["DeclarativeBase"] + (
        'class A(Base):\n    __tablename__ = "a"\n    metadata_: Mapped[int] = mapped_column("metadata", Integer)\n'
    )
    assert linted(tmp_path, {"models.py": source}) == []


def test_tables_by_hand_and_migrations(tmp_path: Path) -> None:
    files = {
        "tables.py": """
            from sqlalchemy import Column, Integer, MetaData, Table
            t = Table("t", MetaData(), Column("items", Integer), Column("metadata", Integer))
            """,
        "versions/0001.py": """
            import sqlalchemy as sa
            from alembic import op
            def upgrade():
                op.create_table("h", sa.Column("metadata", sa.JSON()), sa.Column("items", sa.Integer()))
                with op.batch_alter_table("h") as batch_op:
                    batch_op.add_column(sa.Column("registry", sa.Integer()))
            """,
    }

    found = linted(tmp_path, files)

    assert found == [("AGN106", "t.items"), ("AGN114", "h.metadata"), ("AGN114", "add_column.registry")]


def test_a_migration_is_fine_where_a_model_maps_the_column_under_another_attribute(tmp_path: Path) -> None:
    files = {
        "models.py": HEADS["DeclarativeBase"]
        + 'class H(Base):\n    __tablename__ = "h"\n    metadata_: Mapped[int] = mapped_column("metadata", Integer)\n',
        "0001.py": 'from alembic import op\nimport sqlalchemy as sa\nop.create_table("h", sa.Column("metadata", sa.JSON()))\n',
    }

    assert linted(tmp_path, files) == []


def test_words_case_and_length_of_the_database_in_use(tmp_path: Path) -> None:
    long = "a" * 64
    body = f'class A(Base):\n    __tablename__ = "order"\n    createdAt: Mapped[int]\n    {long}: Mapped[int]\n    ok: Mapped[int]\n'
    files = {"models.py": HEADS["DeclarativeBase"] + body}

    assert linted(tmp_path, files) == []
    assert linted(tmp_path, files, dialect="postgresql") == [
        ("AGN107", "order"),
        ("AGN107", "order.createdAt"),
        ("AGN101", long),
    ]
    assert linted(tmp_path, files, dialect="sqlite") == [
        ("AGN107", "order"),
        ("AGN107", "order.createdAt"),
    ]


def test_two_names_that_the_database_cuts_to_one(tmp_path: Path) -> None:
    same = "n" * 63
    body = "".join(f'class {c}(Base):\n    __tablename__ = "{same}{c}"\n    ok: Mapped[int]\n' for c in "AB")

    found = linted(tmp_path, {"models.py": HEADS["DeclarativeBase"] + body}, dialect="postgresql")

    assert ("AGN112", f"{same}B") in found


def test_a_model_that_takes_an_owners_name(tmp_path: Path) -> None:
    files = {
        "auth.py": "from alembic_guard import ExternalTables\nfrom alembic_guard.presets import better_auth\n"
        'auth = better_auth()\njobs = ExternalTables("queue", ["jobs"])\n',
        "models.py": HEADS["DeclarativeBase"]
        + 'class U(Base):\n    __tablename__ = "user"\n    ok: Mapped[int]\n'
        + 'class J(Base):\n    __tablename__ = "jobs"\n    ok: Mapped[int]\n',
    }

    assert linted(tmp_path, files) == [("AGN113", "user"), ("AGN113", "jobs")]


def test_a_suppression_with_a_reason_silences_one_line(tmp_path: Path) -> None:
    line = f"    metadata: Mapped[int]  # guard: ignore[{METADATA}] moved in March\n"
    files = {"models.py": HEADS["DeclarativeBase"] + f'class A(Base):\n    __tablename__ = "a"\n{line}'}

    assert linted(tmp_path, files) == []


def test_a_file_that_cannot_be_parsed_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    files = {"broken.py": "class A(mapped_column:\n", "models.py": STYLES["declarative_base()"]}

    assert linted(tmp_path, files) == [("AGN115", "None"), (METADATA, "A.metadata")]


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GuardError, match="AGE108 lint: expected a file or a folder that exists"):
        lint_models([tmp_path / "nowhere"])


def test_both_cures_are_shown_as_code_and_work(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        textwrap.dedent(STYLES["a DeclarativeBase under another name"]), encoding="utf-8"
    )

    (found,) = lint_models([tmp_path])

    assert found.hint == (
        'keep the column:  metadata_ = mapped_column("metadata", ...)\n'
        'or rename it:     extra_data = mapped_column(..., info={"renamed_from": "metadata"})\n'
        "                  alembic revision --autogenerate"
    )


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("metadata", [], "extra_data"),
        ("query", [], "search_params"),
        ("registry", [], "lookup_info"),
        ("metadata", ["extra_data"], "metadata_value"),
        ("items", [], "items_value"),
        ("__doc__", ["doc_value"], "doc_data"),
    ],
)
def test_suggestions_are_free(name: str, taken: list[str], expected: str) -> None:
    assert suggestion(name, taken) == expected


def test_the_command_prints_what_is_found(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "models.py").write_text(textwrap.dedent(STYLES["declarative_base()"]), encoding="utf-8")

    if ON_21:
        main(["lint", str(tmp_path)])
    else:
        with pytest.raises(SystemExit):
            main(["lint", str(tmp_path)])

    assert f"{METADATA} {'warning' if ON_21 else 'error'}  A.metadata (" in capfd.readouterr().out
    (tmp_path / "models.py").write_text("", encoding="utf-8")
    main(["lint", str(tmp_path)])
    assert capfd.readouterr().out == "No findings.\n"


# Imports that fail, and what a diff brings


@pytest.mark.project
def test_an_import_that_fails_because_of_a_name_says_which_instead_of_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    source = HEADS["DeclarativeBase"].lstrip() + (
        'class A(Base):\n    __tablename__ = "a"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
        "    metadata: Mapped[int] = mapped_column(Integer)\n"
    )
    (tmp_path / "app" / "models.py").write_text(source, encoding="utf-8")
    (tmp_path / "alembic").mkdir()
    (tmp_path / "alembic" / "env.py").write_text(
        'from alembic_guard import Guard, run_migrations\nrun_migrations(Guard("app.models:Base.metadata"))\n', "utf-8"
    )
    ini = "[alembic]\nscript_location = alembic\nprepend_sys_path = .\npath_separator = os\nsqlalchemy.url = sqlite:///a.db\n"
    (tmp_path / "alembic.ini").write_text(ini, encoding="utf-8")

    # Warnings are errors, so that it fails on 2.1 too.
    ran = alembic(tmp_path, "check")

    assert ran.code != 0
    assert f"{METADATA} A.metadata (app/models.py:8): DeclarativeBase" in " ".join(ran.all.split())
    assert "Traceback" not in ran.all


Made: type  # a class that is made in a test, where the comparator finds it


def test_a_column_that_a_diff_brings_with_a_reserved_name_is_a_warning(tmp_path: Path, sqlite: Database) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 2.1 warns, which is the point

        class Base(sa.orm.DeclarativeBase):
            pass

        class Reserved(Base):
            __tablename__ = "reserved"
            id = sa.orm.mapped_column(sa.Integer, primary_key=True)
            registry = sa.orm.mapped_column(sa.Integer)

    globals()["Made"] = Reserved
    chain = Chain(tmp_path / "chain", sqlite)

    source = chain.revision(Guard(Base.metadata))

    assert f"# {'AGN103' if ON_21 else 'AGN105'} reserved.registry (" in source


def test_names_that_sql_must_quote_are_told_when_a_diff_brings_them(
    tmp_path: Path, postgresql: Database, caplog: pytest.LogCaptureFixture
) -> None:
    metadata = sa.MetaData()
    sa.Table("order", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("items", sa.Integer))
    chain = Chain(tmp_path / "chain", postgresql)

    with caplog.at_level("INFO", logger="alembic.guard"):
        chain.revision(Guard(metadata))
        told = " ".join(each.getMessage() for each in caplog.records)
        chain.upgrade(Guard(metadata))
        caplog.clear()
        chain.check(Guard(metadata))

    assert "AGN107 info  order" in told
    assert "AGN106 info  order.items" in told
    assert "AGN10" not in " ".join(each.getMessage() for each in caplog.records)


@pytest.mark.parametrize("new", [True, False], ids=["of a new table", "of a table that stands"])
def test_an_index_that_no_naming_convention_names_stops_the_revision(
    tmp_path: Path, sqlite: Database, new: bool
) -> None:
    metadata = sa.MetaData(naming_convention={"fk": "fk_%(table_name)s_%(column_0_name)s"})
    sa.Table("orders", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", sa.Date, index=True))
    chain = Chain(tmp_path / "chain", sqlite)
    if not new:
        chain.write("0001", 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))')
        chain.upgrade(Guard(metadata))

    with pytest.raises(GuardError) as caught:
        chain.revision(Guard(metadata), "0002")

    (found,) = caught.value.diagnostics
    assert (found.code, found.location.object) == ("AGN116", "orders.at")
    named = sa.MetaData(naming_convention={"ix": "ix_%(column_0_label)s"})
    sa.Table("orders", named, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", sa.Date, index=True))
    chain.revision(Guard(named), "0002")
    chain.upgrade(Guard(named))
    chain.check(Guard(named))
