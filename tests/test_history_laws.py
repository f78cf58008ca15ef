"""A law of the chain reader: random programs are run on SQLite for real, and read.

What is there is read, or something is reported as unread, or it was dropped under a condition; what is read as created for
sure is there.
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
