"""A law of the chain reader: random programs are run on SQLite for real, and read.

What is there is read, or something is reported as unread, or it was dropped under a condition; what is read as created for
sure is there. And what autogenerate writes is read straight from the tree as the interpreter reads it.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import assume, given, note
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import DBAPIError

from alembic_guard._history import History
from alembic_guard._history.as_generated import events_as_generated
from alembic_guard._history.events import Drop, Rename
from alembic_guard._history.history import Place
from alembic_guard._history.interpreter import Interpreter
from alembic_guard._history.replay import Replay
from alembic_guard._history.sources import Sources

HEAD = """
import os
import sqlalchemy as sa
from alembic import op

NAMES = ["a", "b", "c"]
WORDS = {"x": "d", "y": "e"}
TOP = "f"
made = set()


def make(name, *columns, suffix=""):
    name += suffix
    if name in made:
        return False
    made.add(name)
    op.create_table(name, sa.Column("id", sa.Integer), *columns)
    return True


def gone(name):
    if name not in made:
        return
    made.discard(name)
    op.drop_table(name)


def renamed(old, new):
    if old in made and new not in made:
        made.discard(old)
        made.add(new)
        op.rename_table(old, new)


def yes():
    return bool(os.environ.get("PATH"))


def no():
    return not os.environ.get("PATH")


class Holder:
    kind = "g"

    def __init__(self, name):
        self.name = name

    def both(self):
        return [self.kind, self.name]
"""

NAMES = st.one_of(
    st.sampled_from(
        ["'a'", "'b'", "'c'", "NAMES[0]", "NAMES[-1]", "WORDS['x']", "TOP", "v", "w", "h.name", "Holder.kind"]
    ),
    st.sampled_from(
        ["f'{v}1'", "v + 'z'", "'{}_{}'.format(v, w)", "'%s' % w", "v.upper()", "'-'.join([v, w])", "xs[0]"]
    ),
    st.sampled_from(["('a' if yes() else 'b')", "('a' if no() else v)", "h.both()[1]", "ys[-1]", "d.get('k', 'b')"]),
)
TESTS = st.sampled_from(
    ["yes()", "no()", "True", "v == 'a'", "'b' in xs", "len(xs) > 3", "yes() and v != 'c'", "not no()"]
)


def block(depth: int) -> st.SearchStrategy[str]:
    """Statements, one below the other."""
    return st.lists(statement(depth), min_size=1, max_size=3).map("\n".join)


def statement(depth: int) -> st.SearchStrategy[str]:
    simple = st.one_of(
        NAMES.map("make({})".format),
        NAMES.map("make({}, suffix='_s')".format),
        NAMES.map("gone({})".format),
        st.tuples(NAMES, NAMES).map(lambda pair: f"renamed({pair[0]}, {pair[1]})"),
        NAMES.map("v = {}".format),
        NAMES.map("w = {}".format),
        NAMES.map("xs.append({})".format),
        NAMES.map("xs = [{}]".format),
        NAMES.map("h.name = {}".format),
        NAMES.map("h = Holder({})".format),
        NAMES.map("d['k'] = {}".format),
        # What was changed is used: else a change that is missed shows nowhere.
        st.sampled_from(
            ["make(xs[-1])", "make(v)", "make(h.name)", "make(d.get('k', 'k'))", "[make(n) for n in xs + ys]"]
        ),
        st.sampled_from(["ys = xs", "xs.pop()", "ys = list(xs)", "v += 'q'", "v, w = w, v", "xs = sorted(xs)"]),
        st.sampled_from(
            [
                "op.execute('CREATE TABLE IF NOT EXISTS r0 (id int)')",
                "op.execute('DROP TABLE IF EXISTS r0')",
                "op.execute(sa.text(f'CREATE TABLE IF NOT EXISTS R1 (id int)'))",
                "sa.Table('t0', sa.MetaData(), sa.Column('id', sa.Integer)).create(op.get_bind(), checkfirst=True)",
            ]
        ),
    )
    if depth == 0:
        return simple
    inner = block(depth - 1)

    def indented(text: str) -> str:
        return textwrap.indent(text, "    ")

    shapes: list[Callable[[str, str, str], str]] = [
        lambda test, one, two: f"if {test}:\n{indented(one)}\nelse:\n{indented(two)}",
        lambda test, one, two: f"if {test}:\n{indented(one)}",
        lambda test, one, two: f"if {test}:\n{indented(one)}\n    return",
        lambda test, one, two: f"for v in list(xs):\n{indented(one)}",
        lambda test, one, two: f"for w in NAMES:\n    if {test}:\n        continue\n{indented(one)}",
        lambda test, one, two: (
            f"for i, v in enumerate(('a', 'b', 'c')):\n    if {test}:\n        break\n{indented(one)}"
        ),
        lambda test, one, two: f"i = 0\nwhile i < 2:\n    i += 1\n{indented(one)}",
        lambda test, one, two: f"while True:\n{indented(one)}\n    if {test} or len(made) > 2 or yes():\n        break",
        lambda test, one, two: (
            f"try:\n{indented(one)}\n    if {test}:\n        raise ValueError\nexcept ValueError:\n{indented(two)}"
        ),
        lambda test, one, two: f"try:\n{indented(one)}\nfinally:\n{indented(two)}",
        lambda test, one, two: (
            f"def inner(v, w='b'):\n    xs, ys, d, h = [v], [w], {{}}, Holder(w)\n{indented(one)}\n    return w\n"
            f"w = inner(v) or 'a'"
        ),
        lambda test, one, two: "[make(n) for n in xs if n != 'b']",
        lambda test, one, two: "list(map(make, xs))",
    ]
    compound = st.builds(
        lambda shape, test, one, two: shape(test, one, two), st.sampled_from(shapes), TESTS, inner, inner
    )
    return st.one_of(simple, compound)


BODY = (
    st.lists(statement(2), min_size=2, max_size=8)
    .map("\n".join)
    .map(lambda body: "v, w, i = 'a', 'b', 0\nxs = ['a', 'c']\nys = ['b']\nd = {}\nh = Holder('c')\n" + body)
)


def ran(path: Path) -> set[str]:
    """The tables that are there after the program was run."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection, Operations.context(MigrationContext.configure(connection)):
        namespace: dict[str, Any] = {}
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
        namespace["upgrade"]()
        tables = set(inspect(connection).get_table_names())
    engine.dispose()
    return tables


def read(path: Path) -> tuple[History, set[str]]:
    """What is read, and the names that are dropped or renamed under a condition: taken for gone (facts of histories)."""
    interpreter = Interpreter(str(path), "sqlite", Sources())
    interpreter.read(ast.parse(path.read_text(encoding="utf-8")))
    replay = Replay(lambda name: name.as_kept("sqlite", None))
    for seen in interpreter.seen:
        replay.take(seen.event, Place("r", str(path), seen.line), seen.conditional)
    doubtful = [seen.event for seen in interpreter.seen if seen.conditional]
    return replay.history, {each.table.name.lower() for each in doubtful if isinstance(each, (Drop, Rename))}


@given(BODY)
def test_what_is_there_is_read_or_something_is_reported_and_what_is_sure_is_there(body: str) -> None:
    source = f"{HEAD}\n\ndef upgrade():\n{textwrap.indent(body, '    ')}\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "r.py"
        path.write_text(source, encoding="utf-8")
        try:
            there = {name.lower() for name in ran(path)}
        except (DBAPIError, LookupError, UnboundLocalError):
            assume(False)  # a program that fails makes no chain
        history, perhaps_gone = read(path)

    note(body)
    found = {name.name.lower(): each.conditional for name, each in history.tables.items()}
    note(f"there {sorted(there)}, read {found}, unread {[each.message for each in history.unread]}")
    assert there <= {*found, *perhaps_gone} or history.unread
    assert {name for name, conditional in found.items() if not conditional} <= there or history.unread
    assert not set(history.tables) & set(history.touched)


# --- what autogenerate writes

A_NAME = st.sampled_from(["'a'", "'b'", "'c d'", '"it\'s"', "op.f('a')", "None", "True", "''", "'alembic_guard_hole'"])
A_SCHEMA = st.sampled_from(["", ", schema='s'", ", schema=None", ", schema=''", ", schema=op.f('s')", ", schema=True"])
OPERATIONS = [
    "op.create_table({0}, sa.Column('id', sa.Integer()), sa.PrimaryKeyConstraint('id', name=op.f('pk')){2})",
    "op.create_table(table_name={0}, if_not_exists={1}{2})",
    "op.create_table({0}, *COLUMNS{2})",
    "op.create_table({0}, prefixes=['TEMPORARY']{2})",
    "op.create_table({0}{2}, **MORE)",
    "op.drop_table({0}{2}, if_exists=True)",
    "op.rename_table({0}, {1}{2})",
    "op.rename_table(old_table_name={0}, new_table_name={1}{2})",
    "op.add_column({0}, sa.Column('x', sa.Enum('y', name='z')){2})",
    "op.alter_column({0}, 'x', existing_type=sa.VARCHAR(length=4), nullable=False{2})",
    "op.create_index(op.f('ix'), {0}, ['x', sa.text('lower(y)')], unique=False{2})",
    "op.drop_index(op.f('ix'), table_name={0}{2})",
    "op.drop_index('ix')",
    "op.create_foreign_key(None, {0}, {1}, ['x'], ['id'], source_schema='s', referent_schema={1})",
    "op.drop_constraint({1}, {0}, type_='foreignkey'{2})",
    "op.create_table_comment({0}, 'text'{2})",
    "pass",
    "'a comment'",
]
PEOPLE_WRITE = [
    "op.execute('CREATE TABLE raw (id int)')",
    "name = {0}\nop.create_table(name{2})",
    "op = None",
    "if x:\n    op.create_table({0}{2})",
    "for each in ({0}, {1}):\n    op.drop_table(each{2})",
    "return",
    "made = op.create_table({0}{2})",
    "with op.batch_alter_table({0}{2}) as op:\n    op.create_table({1})",
    "with op.batch_alter_table({0}{2}) as made:\n    made.execute('DROP TABLE raw')",
    "with op.batch_alter_table({0}{2}):\n    op.create_table({1})",
    "op.create_table({0} + {1})",
    "op.bulk_insert(op.create_table({0}{2}), [])",
    "batch_op.add_column(sa.Column('late'))",
    "helper()",
]
BATCH = [
    "batch_op.add_column(sa.Column('x', sa.Text()))",
    "batch_op.create_index(batch_op.f('ix'), ['x'])",
    "batch_op.drop_constraint(batch_op.f('fk'), type_='foreignkey')",
    "op.create_table({0}{2})",
    "op.drop_table({1})",
]
HEADS = ["kind: str | None = None", "NAMES = ('a', None)", "'text'", "import os.path", "from app.ops import others"]
OTHER_HEADS = [
    "import op.more",
    "from app import op",
    "from app import *",
    "op = op.get_bind()",
    "def op():\n    pass",
    "class op:\n    pass",
    "class Helper:\n    op.create_table('imported')",
    "if sa.x():\n    from app import op",
    "try:\n    from app import op\nexcept ImportError:\n    pass",
    "def upgrade():\n    op.create_table('first')",
    "for op in [1]:\n    pass",
    "upgrade = None",
    "x, op = 1, 2",
    "x = y = op = 1",
    "del op",
    "def helper():\n    global op\n    op = None",
]


def filled(templates: list[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(templates), A_NAME, A_NAME, A_SCHEMA).map(lambda each: each[0].format(*each[1:]))


def batches(inner: list[str]) -> st.SearchStrategy[str]:
    with_ = st.tuples(A_NAME, A_SCHEMA).map("with op.batch_alter_table({0[0]}{0[1]}) as batch_op:\n".format)
    body = st.lists(filled(inner), min_size=1, max_size=3).map("\n".join)
    return st.builds(lambda start, body: start + textwrap.indent(body, "    "), with_, body)


def revisions(statements: st.SearchStrategy[str], heads: list[str]) -> st.SearchStrategy[str]:
    """Texts of revisions; the imports and what else stands in the module may come in any order."""
    upgrade = st.tuples(
        st.lists(statements, min_size=1, max_size=5).map("\n".join), st.sampled_from(["", "\n\n\n# text\n"])
    ).map(lambda each: f"def upgrade() -> None:\n{each[1]}{textwrap.indent(each[0], '    ')}")
    others = st.lists(st.sampled_from(heads), max_size=3, unique=True)
    fixed = ["import sqlalchemy as sa\nfrom alembic import op", "def downgrade():\n    op.drop_table('a')"]
    return st.tuples(upgrade, others).flatmap(lambda each: st.permutations([*fixed, *each[1], each[0]])).map("\n".join)


GENERATED = [each for each in OPERATIONS if "**" not in each and "*COLUMNS" not in each and "prefixes" not in each]


@given(revisions(st.one_of(filled(GENERATED), batches(BATCH)), HEADS))
def test_what_autogenerate_writes_is_read_from_the_tree_as_the_interpreter_reads_it(text: str) -> None:
    interpreter = Interpreter("r.py", "postgresql", Sources())
    interpreter.read(ast.parse(text))

    note(text)
    assert events_as_generated(ast.parse(text)) == interpreter.seen


@given(
    revisions(
        st.one_of(filled(OPERATIONS), filled(PEOPLE_WRITE), batches([*BATCH, *PEOPLE_WRITE])), [*HEADS, *OTHER_HEADS]
    )
)
def test_what_people_write_is_read_from_the_tree_in_the_same_way_or_not_at_all(text: str) -> None:
    interpreter = Interpreter("r.py", "postgresql", Sources())
    interpreter.read(ast.parse(text))

    note(text)
    assert events_as_generated(ast.parse(text)) in (None, interpreter.seen)
