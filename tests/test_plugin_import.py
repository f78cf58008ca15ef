"""The entry point imports cleanly in every order, under -W error, and what loads what (Alembic finds us at import)."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

from tests.kit import run

MODULES = ["alembic", "alembic_guard", "alembic_guard.plugin", "alembic.command", "alembic.autogenerate", "sqlalchemy"]
STARTS = [
    *MODULES,
    "alembic.op",
    "alembic.context",
    "alembic.config",
    "alembic.operations",
    "alembic.runtime.plugins",
    "alembic.runtime.migration",
    "alembic.util",
    "alembic_guard.presets",
    "alembic_guard.cli",
    "alembic_guard._errors",
]


def python(script: str, folder: Path) -> str:
    ran = run([sys.executable, "-W", "error", "-c", script], folder)
    assert ran.code == 0, ran.all
    return ran.out.strip()


@pytest.mark.parametrize("start", STARTS)
def test_whatever_is_imported_first_all_else_follows(start: str, tmp_path: Path) -> None:
    then = "; ".join(f"import {module}" for module in MODULES)

    python(f"import {start}; {then}; from alembic_guard import *", tmp_path)


@pytest.mark.parametrize("order", list(itertools.permutations(["alembic", "alembic_guard.plugin", "alembic_guard"])))
def test_the_plugin_is_registered_once_in_every_order(order: tuple[str, ...], tmp_path: Path) -> None:
    script = "; ".join(f"import {module}" for module in order)

    found = python(
        f"{script}; from alembic.runtime import plugins; print([name for name in plugins._all_plugins if 'guard' in name])",
        tmp_path,
    )

    assert found == "['alembic_guard']"


@pytest.mark.parametrize(
    "start",
    [
        *(f"import {module}" for module in STARTS),
        "from alembic_guard import Guard, run_migrations",
        "from alembic_guard import ExternalTables, external",
    ],
)
def test_each_comparator_is_there_once_whatever_came_first_and_however_often_env_py_ran(
    start: str, tmp_path: Path
) -> None:
    script = (
        f"{start}; import alembic, sqlalchemy as sa\n"
        "from alembic_guard import Guard, configure_options\n"
        "metadata = sa.MetaData(); sa.Table('things', metadata, sa.Column('id', sa.Integer))\n"
        "for _ in range(2): configure_options(Guard(metadata), dialect_name='sqlite')\n"
        "from alembic.runtime import plugins\n"
        "found = plugins._all_plugins['alembic_guard'].autogenerate_comparators._registry\n"
        "print(sorted(fn.__name__ for fns in found.values() for fn, _ in fns))"
    )

    assert python(script, tmp_path) == "['_begin', '_finish']"


def test_import_alembic_loads_two_of_our_modules(tmp_path: Path) -> None:
    found = python(
        "import alembic, sys; print(sorted(m for m in sys.modules if m.startswith('alembic_guard')))", tmp_path
    )

    assert found == "['alembic_guard', 'alembic_guard.plugin']"


@pytest.mark.parametrize(
    "statement",
    [
        "import alembic_guard",
        "from alembic_guard.presets import better_auth; better_auth()",
        "from alembic_guard.presets import *; django(), drizzle(), langgraph(), prisma(), supabase()",
        "from alembic_guard import ExternalTables, external, TableName, Guard; Guard('app.models:Base.metadata')",
    ],
)
def test_what_models_need_loads_neither_alembic_nor_sqlglot(statement: str, tmp_path: Path) -> None:
    found = python(
        f"{statement}; import sys; print([m for m in ('alembic', 'sqlglot', 'mako') if m in sys.modules])", tmp_path
    )

    assert found == "[]"


LOADED = {
    "from alembic_guard import Guard, run_migrations": (
        "[] _allow _database _diagnostics _external _guard _models _names _rules _rules._rule _rules.age101_import_failed"
        " _rules.age102_not_metadata _rules.age108_bad_guard _rules.ago106_create_drop_all _run _run.environment _stop"
    ),
    # SQLAlchemy: types that Better Auth's tables have on MariaDB.
    "from alembic_guard.presets import better_auth": (
        "['sqlalchemy'] _column_keys _database _diagnostics _external _names _rules _rules._rule _rules.age108_bad_guard"
        " _rules.ago106_create_drop_all _stop presets presets._better_auth presets._better_auth_model"
        " presets._better_auth_tables presets._better_auth_types presets._django presets._drizzle presets._langgraph"
        " presets._prisma presets._supabase"
    ),
}
"""What these load beside Alembic: others' packages, and modules of ours. What is added here costs every start."""

SCRIPT = """
import sys
import alembic, alembic.autogenerate, alembic.command, alembic.context, sqlalchemy
before = set(sys.modules)
{statement}
found = set(sys.modules) - before
others = {{each.partition(".")[0] for each in found}} - sys.stdlib_module_names - {{"alembic_guard"}}
ours = sorted(each.removeprefix("alembic_guard.") for each in found if each.startswith("alembic_guard."))
print(sorted(others), *ours)
"""


@pytest.mark.parametrize("statement", LOADED)
def test_what_an_import_loads_is_on_a_list(statement: str, tmp_path: Path) -> None:
    assert python(SCRIPT.format(statement=statement), tmp_path) == LOADED[statement]


def test_what_env_py_needs_does_not_load_sqlglot(tmp_path: Path) -> None:
    assert (
        python("from alembic_guard import Guard, run_migrations; import sys; print('sqlglot' in sys.modules)", tmp_path)
        == "False"
    )


def test_an_unknown_name_is_an_attribute_error(tmp_path: Path) -> None:
    script = "import alembic_guard\ntry:\n    alembic_guard.Gaurd\nexcept AttributeError as error:\n    print(error)"

    assert python(script, tmp_path) == "module 'alembic_guard' has no attribute 'Gaurd'"


def test_every_public_name_is_there(tmp_path: Path) -> None:
    script = (
        "import alembic_guard as g; print([n for n in g.__all__ if not hasattr(g, n)], set(g.__all__) <= set(dir(g)))"
    )

    assert python(script, tmp_path) == "[] True"
