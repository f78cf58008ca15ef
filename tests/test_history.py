"""The reader of chains: what each construct means, and each trap (facts: reading a migration chain)."""

from __future__ import annotations

import ast
import signal
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from alembic_guard._history import History, read, read_history
from alembic_guard._history.as_generated import events_as_generated
from alembic_guard._names import TableName


@dataclass
class Revisions:
    """A folder of revision files, read."""

    folder: Path
    names: list[str] = field(default_factory=list)
    texts: dict[Path, str] = field(default_factory=dict)

    def add(
        self,
        upgrade: str,
        head: str = "",
        *,
        name: str = "",
        down: str | tuple[str, ...] | None = "",
        depends_on: str | None = None,
        labels: str | None = None,
        folder: str = "versions",
        tail: str = "",
    ) -> str:
        """A revision after the last one, unless ``down`` says otherwise."""
        name = name or f"r{len(self.names) + 1}"
        before = (self.names[-1] if self.names else None) if down == "" else down
        self.names.append(name)
        (self.folder / folder).mkdir(parents=True, exist_ok=True)
        path = self.folder / folder / f"{name}.py"
        identifiers = f"revision = {name!r}\ndown_revision = {before!r}\ndepends_on = {depends_on!r}\nbranch_labels = {labels!r}\n"
        # Alembic imports every file to know its place in the chain; what only a reader can bear comes after that.
        path.write_text(identifiers, encoding="utf-8")
        self.texts[path] = (
            f"import sqlalchemy as sa\nfrom alembic import op\n{identifiers}"
            f"{textwrap.dedent(head)}\n\ndef upgrade():\n{textwrap.indent(textwrap.dedent(upgrade).strip(), '    ')}\n"
            "\n\ndef downgrade():\n    op.create_table('downgraded')\n    op.drop_table('made')\n"
            + textwrap.dedent(tail)
        )
        return name

    def script(self, **options: str) -> ScriptDirectory:
        config = Config()
        config.set_main_option("script_location", str(self.folder))
        config.set_main_option("path_separator", "os")
        for key, value in options.items():
            config.set_main_option(key, value)
        script = ScriptDirectory.from_config(config)
        script.get_heads()
        for path, text in self.texts.items():
            path.write_text(text, encoding="utf-8")
        return script

    def read(
        self, *heads: str, dialect: str | None = "postgresql", schema: str | None = None, **options: str
    ) -> History:
        return read_history(
            self.script(**options), heads or None, dialect=dialect, one_name=lambda name: name.as_kept(dialect, schema)
        )


@pytest.fixture
def revisions(tmp_path: Path) -> Revisions:
    (tmp_path / "versions").mkdir()
    return Revisions(tmp_path)


def created(history: History) -> dict[str, bool]:
    """Names, and whether each is conditional."""
    return {str(name): each.conditional for name, each in history.tables.items()}


def messages(history: History) -> list[str]:
    return [each.message for each in history.unread]


READ = {
    "a literal": ("op.create_table('made', sa.Column('id', sa.Integer))", "", ["made"]),
    "by keyword": ("op.create_table(table_name='made')", "", ["made"]),
    "with a schema": ("op.create_table('made', schema='crm')", "", ["crm.made"]),
    "an empty schema": ("op.create_table('made', schema='')", "", ["made"]),
    "op under another name": ("operations.create_table('made')", "from alembic import op as operations", ["made"]),
    "op as a module's attribute": ("alembic.op.create_table('made')", "import alembic", ["made"]),
    "one operation imported": ("create_table('made')", "from alembic.op import create_table", ["made"]),
    "op passed on": ("make(op)", "def make(o):\n    o.create_table('made')", ["made"]),
    "a module constant": ("op.create_table(NAME)", "NAME = 'made'", ["made"]),
    "a local constant": ("name = 'made'\nop.create_table(name)", "", ["made"]),
    "a constant that is given again": ("op.create_table(B)", "A = 'm'\nB = A + 'ade'\nA = 'x'", ["made"]),
    "an f-string": ("op.create_table(f'{PREFIX}_{1}')", "PREFIX = 'made'", ["made_1"]),
    "a sum, a format, a percent": (
        "op.create_table('a' + 'b')\nop.create_table('{}_{x}'.format('c', x='d'))\nop.create_table('%s_e' % 'f')",
        "",
        ["ab", "c_d", "f_e"],
    ),
    "methods of strings": ("op.create_table('MADE'.lower().replace('a', 'o'))", "", ["mode"]),
    "a loop": ("for name in ('a', 'b'):\n    op.create_table(name)", "", ["a", "b"]),
    "a loop over pairs of which one cannot be read": (
        "for name, column in TABLES:\n    op.create_table(name, column)",
        "TABLES = [('a', sa.Column('id', sa.Integer())), ('b', sa.Column('id', sa.Text()))]",
        ["a", "b"],
    ),
    "a loop over a dict": ("for name, n in {'a': 1}.items():\n    op.create_table(f'{name}{n}')", "", ["a1"]),
    "enumerate, zip, range, sorted": (
        "for n, (a, b) in enumerate(zip('xy', sorted(['2', '1']))):\n    op.create_table(f'{a}{b}{n}')\n"
        "for n in range(2):\n    op.create_table(f't{n}')",
        "",
        ["x10", "y21", "t0", "t1"],
    ),
    "a comprehension": ("[op.create_table(n) for n in ('a', 'b', 'c') if n != 'b']", "", ["a", "c"]),
    "a comprehension of names": ("for n in [x.upper() for x in 'ab']:\n    op.create_table(n)", "", ["A", "B"]),
    "break and continue": (
        "for n in 'abcd':\n    if n == 'b':\n        continue\n    if n == 'd':\n        break\n    op.create_table(n)",
        "",
        ["a", "c"],
    ),
    "a while loop": ("n = 0\nwhile n < 2:\n    op.create_table(f't{n}')\n    n += 1", "", ["t0", "t1"]),
    "a list that grows": ("names = ['a']\nnames.append('b')\nfor n in names:\n    op.create_table(n)", "", ["a", "b"]),
    "a list of a branch's own": (
        "if not sa.inspect(op.get_bind()).has_table('a'):\n    names = []\n    names.append('a')\n"
        "    for n in names:\n        op.create_table(n)",
        "",
        {"a": True},
    ),
    "a helper with arguments": (
        "make('a', suffix='x')\nmake('b')",
        "def make(name, *columns, suffix='y'):\n    op.create_table(name + suffix, *columns)",
        ["ax", "by"],
    ),
    "a helper defined below": ("_make()", "", ["made"], "def _make():\n    op.create_table('made')\n"),
    "a helper that returns the name": ("op.create_table(named('a'))", "def named(n):\n    return 'x_' + n", ["x_a"]),
    "a lambda, a closure, a map": (
        "make = lambda n: op.create_table(n)\nmake('a')\n"
        "def outer(p):\n    def inner(n):\n        op.create_table(p + n)\n    return inner\nouter('x_')('b')\n"
        "list(map(make, ['c']))",
        "",
        ["a", "x_b", "c"],
    ),
    "star arguments": ("args = ('made', sa.Column('id'))\nop.create_table(*args, **{'schema': 's'})", "", ["s.made"]),
    "upgrade as a name": ("pass", "", ["made"], "def other():\n    op.create_table('made')\nupgrade = other\n"),
    "functools.partial": (
        "make = partial(op.create_table, schema='s')\nmake('a')\nmake('b', schema='t')",
        "from functools import partial",
        ["s.a", "t.b"],
    ),
    "a context manager": (
        "with prepared() as name:\n    op.create_table(name)",
        "from contextlib import contextmanager\n@contextmanager\ndef prepared():\n    yield 'made'",
        ["made"],
    ),
    "an autocommit block": ("with op.get_context().autocommit_block():\n    op.create_table('made')", "", ["made"]),
    "run_async": ("op.run_async(work)", "async def work(connection):\n    op.create_table('made')", ["made"]),
    "a Table": ("t.create(op.get_bind())", "t = sa.Table('made', sa.MetaData(), sa.Column('id'))", ["made"]),
    "a Table in a MetaData with a schema": (
        "t.create(op.get_bind())",
        "m = sa.MetaData(schema='crm')\nt = sa.Table('made', m, sa.Column('id'))",
        ["crm.made"],
    ),
    "CreateTable": ("op.execute(sa.schema.CreateTable(sa.Table('made', sa.MetaData())))", "", ["made"]),
    "a model in the file": (
        "Made.__table__.create(op.get_bind())",
        "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n"
        "class Made(Base):\n    __tablename__ = 'made'\n    __table_args__ = ({'schema': 's'},)",
        ["s.made"],
    ),
    "a model's name": ("op.create_table(Made.__tablename__)", "class Made:\n    __tablename__ = 'made'", ["made"]),
    "a name from the class": (
        "op.create_table(Made.__tablename__)",
        "from sqlalchemy.orm import declared_attr\n"
        "class Mixin:\n    @declared_attr\n    def __tablename__(cls):\n        return cls.__name__.lower()\n"
        "class Made(Mixin):\n    pass",
        ["made"],
    ),
    "an object's method": (
        "Maker('x_').make('a')",
        "class Maker:\n    def __init__(self, p):\n        self.p = p\n"
        "    def make(self, n):\n        op.create_table(self.p + n)",
        ["x_a"],
    ),
    "an Enum's value": (
        "op.create_table(Names.MADE.value)",
        "from enum import Enum\nclass Names(str, Enum):\n    MADE = 'made'",
        ["made"],
    ),
    "op.f and quoted_name": ("op.create_table(op.f('a'))\nop.create_table(sa.quoted_name('b', True))", "", ["a", "b"]),
    "a create among other arguments": ("op.bulk_insert(op.create_table('made'), [])", "", ["made"]),
    "a name that is a keyword": ("op.create_table('registry')\nop.create_table('query')", "", ["registry", "query"]),
    "renamed": ("op.create_table('a')\nop.rename_table('a', 'b')", "", ["b"]),
    "renamed in a schema": ("op.create_table('a', schema='s')\nop.rename_table('a', 'b', schema='s')", "", ["s.b"]),
    "dropped": ("op.create_table('a')\nop.drop_table('a')", "", []),
    "dropped and made again": ("op.create_table('a')\nop.drop_table('a')\nop.create_table('a')", "", ["a"]),
    "swapped by batch of one's own": (
        "op.create_table('a')\nop.create_table('new_a')\nop.drop_table('a')\nop.rename_table('new_a', 'a')",
        "",
        ["a"],
    ),
    "SQL": ("op.execute('CREATE TABLE made (id int)')", "", ["made"]),
    "text()": ("op.get_bind().execute(sa.text('CREATE TABLE made (id int)'))", "", ["made"]),
    "a Session": (
        "with Session(bind=op.get_bind()) as s:\n    s.execute(sa.text('CREATE TABLE made (id int)'))",
        "from sqlalchemy.orm import Session",
        ["made"],
    ),
    "the batch's execute": (
        "op.create_table('a')\nwith op.batch_alter_table('a') as b:\n    b.execute('CREATE TABLE made (id int)')",
        "",
        ["a", "made"],
    ),
    "exec_driver_sql": ("op.get_bind().exec_driver_sql('CREATE TABLE made (id int)')", "", ["made"]),
    "DDL, dedent": (
        "op.execute(sa.DDL(dedent('''\n  CREATE TABLE made (id int)''')))",
        "from textwrap import dedent",
        ["made"],
    ),
    "globals": ("globals()['_make']()", "def _make():\n    op.create_table('made')", ["made"]),
    "getattr": ("getattr(op, 'create_table')('made')", "", ["made"]),
    "an item deleted": ("names = ['a', 'b']\ndel names[0]\nfor n in names:\n    op.create_table(n)", "", ["b"]),
    "a key deleted from a module's dict": (
        "for n in NAMES:\n    op.create_table(n)",
        "NAMES = {'a': 1, 'b': 2}\ndel NAMES['a']",
        ["b"],
    ),
    "a list with two names that grows in place": (
        "one = two = ['a']\none += ['b']\nfor n in two:\n    op.create_table(n)",
        "",
        ["a", "b"],
    ),
    "a set that shrinks": (
        "names = {'a', 'b'}\nnames.difference_update(['a'])\nfor n in names:\n    op.create_table(n)",
        "",
        ["b"],
    ),
    "a default of a function, which is computed where it is defined": (
        "op.create_table(f())\nfor n in 'bc':\n    g = (lambda n=n: op.create_table(n)) if n == 'b' else g\ng()",
        "N = 'a'\ndef f(n=N):\n    return n\nN = 'x'",
        ["a", "b"],
    ),
    "a default that grows from call to call": (
        "f('a')\nf('b')",
        "def f(n, seen=[]):\n    seen.append(n)\n    op.create_table('_'.join(seen))",
        ["a", "a_b"],
    ),
    "an attribute of a class, of a module, by setattr": (
        "M.n = 'b'\nop.create_table(M.n)\nm = M()\nsetattr(m, 'n', 'c')\nop.create_table(m.n)",
        "class M:\n    n = 'a'",
        ["b", "c"],
    ),
    "a decorator of the project": (
        "make('a')",
        "def twice(f):\n    def both(n):\n        op.create_table('before')\n        f(n + n)\n    return both\n"
        "@twice\ndef make(n):\n    op.create_table(n)",
        ["before", "aa"],
    ),
    "a decorator that calls nothing": (
        "make('a')",
        "def skip(f):\n    return lambda n: None\n@skip\ndef make(n):\n    op.create_table(n)",
        [],
    ),
    "a library's decorator": (
        "make('a')",
        "import functools\n@functools.lru_cache(maxsize=None)\ndef make(n):\n    op.create_table(n)",
        ["a"],
    ),
    "what is asserted": ("assert op.create_table('a') is not None", "", ["a"]),
    "a method of the class above": (
        "Both('a').make()",
        "class One:\n    def __init__(self, n):\n        self.n = n\n    def make(self):\n        op.create_table(self.n)\n"
        "class Both(One):\n    def __init__(self, n):\n        super().__init__(n + n)\n"
        "    def make(self):\n        super().make()\n        op.create_table('b')",
        ["aa", "b"],
    ),
    "an object that is called": (
        "Make()('a')",
        "class Make:\n    def __call__(self, n):\n        op.create_table(n)",
        ["a"],
    ),
    "a dataclass that makes it": (
        "Make('a')",
        "from dataclasses import dataclass\n@dataclass\nclass Make:\n    n: str\n    def __post_init__(self):\n"
        "        op.create_table(self.n)",
        ["a"],
    ),
    "a context manager that is an object": (
        "with Table('a') as name:\n    op.create_table(name)",
        "class Table:\n    def __init__(self, n):\n        self.n = n\n    def __enter__(self):\n"
        "        op.create_table('before')\n        return self.n\n    def __exit__(self, *error):\n        op.drop_table('before')",
        ["a"],
    ),
    "a context manager that is a generator": (
        "with table('a'):\n    pass",
        "from contextlib import contextmanager\n@contextmanager\ndef table(n):\n    op.create_table(n)\n    yield",
        ["a"],
    ),
    "a decided branch": ("if NEW:\n    op.create_table('a')\nelse:\n    op.create_table('b')", "NEW = True", ["a"]),
    "the dialect": (
        "if op.get_bind().dialect.name == 'postgresql':\n    op.create_table('pg')\nelse:\n    op.create_table('other')",
        "",
        ["pg"],
    ),
    "the dialect of an engine": (
        "bind = op.get_bind()\nif bind.engine.name in ('mysql', 'mariadb'):\n    op.create_table('my')",
        "",
        [],
    ),
    "TYPE_CHECKING": (
        "op.create_table(N)",
        "from typing import TYPE_CHECKING\nN = 'a'\nif TYPE_CHECKING:\n    N = 'b'",
        ["a"],
    ),
    "a temporary table": (
        "op.create_table('a', prefixes=['TEMPORARY'])\nop.execute('CREATE TEMP TABLE b (id int)')",
        "",
        [],
    ),
    "a table that is only queried": ("t = sa.table('a', sa.column('x'))\nop.execute(t.update())", "", []),
    "an unimportable library that is not used": (
        "op.create_table('made', Type())",
        "from nowhere import Type",
        ["made"],
    ),
    "Alembic's multidb template": (
        "globals()['upgrade_%s' % sa.x()]()",
        "def upgrade_engine1():\n    op.create_table('a')\ndef upgrade_engine2():\n    op.create_table('b')\n"
        "def downgrade_engine1():\n    op.create_table('c')",
        {"a": True, "b": True},
    ),
    "one of two functions": (
        "(one if sa.x() else two)('t')",
        "def one(n):\n    op.create_table(n)\ndef two(n):\n    op.execute('SELECT 1')",
        {"t": True},
    ),
    "a match that may match nothing": (
        "n = 'a'\nmatch sa.x():\n    case 1:\n        n = 'b'\nop.create_table('t')",
        "",
        ["t"],
    ),
    "a match": (
        "match 1:\n    case 1:\n        op.create_table('a')\n    case _:\n        pass",
        "",
        {"a": True},
    ),
    "after a backfill in batches": (
        "last = 'a'\nwhile True:\n    rows = op.get_bind().execute(sa.text('SELECT 1'))\n    if not rows:\n        break\n"
        "    last = rows[-1]\nop.create_table('made')",
        "",
        ["made"],
    ),
    # under a condition that reading cannot decide
    "a create after or": (
        "sa.inspect(op.get_bind()).has_table('a') or op.create_table('a')",
        "",
        {"a": True},
    ),
    "a create in one of two expressions": ("op.create_table('a') if sa.x() else None", "", {"a": True}),
    "a generator expression that may not be used up": (
        "any(op.create_table(n) for n in 'ab')",
        "",
        {"a": True, "b": True},
    ),
    "a generator that may not be used up": (
        "tables = f()",
        "def f():\n    op.create_table('a')\n    yield 1",
        {"a": True},
    ),
    "a map that may not be used up": ("map(op.create_table, ['a'])", "", {"a": True}),
    "an existence guard": (
        "if not sa.inspect(op.get_bind()).has_table('made'):\n    op.create_table('made')",
        "",
        {"made": True},
    ),
    "a list of names that are there": (
        "if 'made' not in sa.inspect(op.get_bind()).get_table_names():\n    op.create_table('made')",
        "",
        {"made": True},
    ),
    "a comprehension with a condition": (
        "[op.create_table(n) for n in ('a', 'b') if sa.inspect(op.get_bind()).has_table(n)]",
        "",
        {"a": True, "b": True},
    ),
    "an early return": (
        "op.create_table('a')\nif sa.inspect(op.get_bind()).has_table('made'):\n    return\nop.create_table('made')",
        "",
        {"a": False, "made": True},
    ),
    "an early return in a helper": (
        "make('a')\nop.create_table('b')",
        "def make(n):\n    if sa.inspect(op.get_bind()).has_table(n):\n        return\n    op.create_table(n)",
        {"a": True, "b": False},
    ),
    "a raise is no doubt": (
        "if not sa.inspect(op.get_bind()).has_table('x'):\n    raise RuntimeError\nop.create_table('made')",
        "",
        {"made": False},
    ),
    "a continue under a condition": (
        "for n in 'ab':\n    if sa.inspect(op.get_bind()).has_table(n):\n        continue\n    op.create_table(n)\n"
        "op.create_table('c')",
        "",
        {"a": True, "b": True, "c": False},
    ),
    "IF NOT EXISTS": ("op.create_table('a', if_not_exists=True)", "", {"a": True}),
    "IF NOT EXISTS in SQL": ("op.execute('CREATE TABLE IF NOT EXISTS a (id int)')", "", {"a": True}),
    "checkfirst": ("sa.Table('a', sa.MetaData()).create(op.get_bind(), checkfirst=True)", "", {"a": True}),
    "create_all of listed tables": (
        "m.create_all(op.get_bind(), tables=[a])",
        "m = sa.MetaData()\na = sa.Table('a', m)\nb = sa.Table('b', m)",
        {"a": True},
    ),
    "an except of what is raised": (
        "try:\n    raise ValueError\nexcept ValueError:\n    op.create_table('a')\nop.create_table('b')",
        "",
        {"a": True, "b": False},
    ),
    "an except": ("try:\n    pass\nexcept ValueError:\n    op.create_table('a')", "", {"a": True}),
    "a try that passes over what fails": (
        "try:\n    op.create_table('a')\nexcept Exception:\n    pass\nop.create_table('b')",
        "",
        {"a": True, "b": False},
    ),
    "a try that raises again": (
        "try:\n    op.create_table('a')\nexcept Exception:\n    print('no')\n    raise",
        "",
        {"a": False},
    ),
    "suppress": (
        "with suppress(Exception):\n    op.create_table('a')\nop.create_table('b')",
        "from contextlib import suppress",
        {"a": True, "b": False},
    ),
    "a try": ("try:\n    op.create_table('a')\nfinally:\n    op.create_table('b')", "", {"a": False, "b": False}),
    "sure after doubtful": (
        "if sa.inspect(op.get_bind()).has_table('x'):\n    op.create_table('a')\nop.create_table('a')",
        "",
        {"a": False},
    ),
    "a conditional drop is a drop": (
        "op.create_table('a')\nif sa.inspect(op.get_bind()).has_table('a'):\n    op.drop_table('a')",
        "",
        {},
    ),
}


@pytest.mark.parametrize("construct", READ)
def test_it_reads(revisions: Revisions, construct: str) -> None:
    upgrade, head, expected, *tail = READ[construct]
    revisions.add(upgrade, head, tail="".join(map(str, tail)))

    history = revisions.read()

    assert created(history) == (expected if isinstance(expected, dict) else dict.fromkeys(expected, False))
    assert messages(history) == []


HALF_READ = {
    "a function given to a library": (
        "functools.reduce(make, ['a'], None)",
        "import functools\ndef make(before, name):\n    op.create_table('first')\n    op.create_table(name)",
        {"first": True},
        "the table of op.create_table: given by a library",
    ),
    "super() outside of a class": ("super().make()", "", {}, "a call: super()"),
    "an unsorted list that is sorted": (
        "names = ['b', 'a']\nnames.sort()\nop.create_table(names[0])",
        "",
        {},
        "it is changed under a condition",
    ),
    "an item by a computed key that is set": (
        "names = {'a': 'b'}\nnames[sa.x()] = 'c'\nop.create_table(names['a'])",
        "",
        {},
        "it is changed under a condition",
    ),
    "a decorator that is not found": (
        "make('a')",
        "from nowhere import often\n@often\ndef make(name):\n    op.create_table(name)",
        {"a": True},
        "a call: the decorator often",
    ),
    "a decorator on upgrade itself": (
        "op.create_table('a')",
        "from nowhere import often\n@often",
        {"a": True},
        "a call: the decorator often",
    ),
}


@pytest.mark.parametrize("construct", HALF_READ)
def test_what_it_can_read_in_part_is_not_for_sure_and_is_reported(revisions: Revisions, construct: str) -> None:
    upgrade, head, expected, message = HALF_READ[construct]
    revisions.add(upgrade, head)

    history = revisions.read()

    assert created(history) == expected
    (found,) = messages(history)
    assert message in found


UNREAD = {
    "the environment": ("op.create_table(os.environ['T'])", "import os", "the table of op.create_table"),
    "a part of a name": ("op.create_table(f't_{os.getpid()}')", "import os", "a part of it is computed"),
    "a schema": ("op.create_table('a', schema=os.environ.get('S'))", "import os", "the schema of op.create_table('a')"),
    "a package that is not there": ("op.create_table(NAME)", "from nowhere import NAME", "nowhere was not found"),
    "a helper of a package that is not there": (
        "make()",
        "from nowhere.helpers import make",
        "nowhere.helpers was not found",
    ),
    "everything of a package that is not there": ("make()", "from nowhere import *", "nowhere was not found"),
    "a name from nowhere": ("make()", "", "nothing that is read gives make a value"),
    "a computed **": (
        "op.create_table('a', **nowhere())",
        "nowhere = sa.anything",
        "the schema of op.create_table('a')",
    ),
    "a computed *": ("op.create_table(*sa.anything())", "", "the table of op.create_table"),
    "a list that grows under a condition": (
        "names = []\nif sa.x():\n    names.append('a')\nfor n in names:\n    op.create_table(n)",
        "",
        "",
    ),
    "a list that shrinks in a loop": (
        "names = ['a', 'b']\nfor row in sa.x():\n    names.pop()\nop.create_table(names[0])",
        "",
        "it is changed under a condition",
    ),
    "a dict that changes under a condition": (
        "names = {'a': 'b'}\nif sa.x():\n    names['a'] = 'c'\nop.create_table(names['a'])",
        "",
        "it is changed under a condition",
    ),
    "an object that changes under a condition": (
        "m = M()\nif sa.x():\n    m.n = 'b'\nop.create_table(m.n)",
        "class M:\n    def __init__(self):\n        self.n = 'a'",
        "a part of it is computed",
    ),
    "a global that changes under a condition": (
        "if sa.x():\n    change()\nop.create_table(NAME)",
        "NAME = 'a'\ndef change():\n    global NAME\n    NAME = 'b'",
        "a part of it is computed",
    ),
    "the value of two branches": (
        "if sa.inspect(op.get_bind()).has_table('x'):\n    n = 'a'\nelse:\n    n = 'b'\nop.create_table(n)",
        "",
        "a part of it is computed",
    ),
    "the value of two expressions": (
        "op.create_table('a' if sa.inspect(op.get_bind()).has_table('x') else 'b')",
        "",
        "a part of it is computed",
    ),
    "two returns": (
        "op.create_table(name())",
        "def name():\n    if sa.x():\n        return 'a'\n    return 'b'",
        "a part of it is computed",
    ),
    "a value made step by step": (
        "for row in op.get_bind().execute(sa.text('SELECT 1')):\n    op.create_table(row.name)",
        "",
        "the table of op.create_table",
    ),
    "a name of a match": (
        "n = 'a'\nmatch sa.x():\n    case 1:\n        n = 'b'\nop.create_table(n)",
        "",
        "a part of it is computed",
    ),
    "a name that a pattern binds": (
        "match sa.x():\n    case {'n': n}:\n        op.create_table(n)",
        "",
        "the table of op.create_table",
    ),
    "a name that a loop changes": (
        "name = 'a'\nwhile True:\n    name += 'b'\n    if sa.anything():\n        break\nop.create_table(name)",
        "",
        "a loop that nobody knows the turns of",
    ),
    "a rename": ("op.rename_table('a', os.sep)", "import os", "the table of op.rename_table"),
    "a drop": ("op.drop_table(os.sep)", "import os", "the table of op.drop_table"),
    "create_all": ("sa.MetaData().create_all(op.get_bind())", "", "create_all() of a MetaData"),
    "create_all by run_sync": ("op.get_bind().run_sync(sa.MetaData().create_all)", "", "create_all() of a MetaData"),
    "SQL": ("op.execute(open('x.sql').read())", "", "SQL that cannot be read"),
    "a hole in SQL": (
        "op.execute(f'CREATE TABLE {os.sep} (id int)')",
        "import os",
        "the name of the table is computed",
    ),
    "half a hole": (
        "op.execute(f'CREATE TABLE t_{os.sep} (id int)')",
        "import os",
        "the name of the table is computed",
    ),
    "a name in Unicode escapes": (
        "op.execute('CREATE TABLE U&\"d\\\\0061ta\" (id int)')",
        "",
        "the name of the table is computed",
    ),
    "a schema with its tables": (
        "op.execute('CREATE SCHEMA crm CREATE TABLE a (id int)')",
        "",
        "it creates a schema together with its tables",
    ),
    "a hole in a schema": (
        "op.execute(f'CREATE TABLE {os.sep}.a (id int)')",
        "import os",
        "the name of the table is computed",
    ),
    "the whole statement": ("op.execute(f'{os.sep} x')", "import os", "the beginning of the statement is computed"),
    "one of two statements": (
        "if sa.anything():\n    s = 'CREATE TABLE a (id int)'\nelse:\n    s = 'DROP TABLE a'\nop.execute(s)",
        "",
        "it depends on a condition that cannot be decided",
    ),
    "two statements that begin alike": (
        "op.execute('CREATE TABLE a (id int)' if sa.anything() else 'CRYPT x')",
        "",
        "it depends on a condition that cannot be decided",
    ),
    "a statement that may be longer": (
        "s = 'UPDATE a SET x = 1'\nif sa.anything():\n    s += '; CREATE TABLE b (id int)'\nop.execute(s)",
        "",
        "it depends on a condition that cannot be decided",
    ),
    "one of several, not all of which are functions": (
        "{'a': op.create_table, 'b': 1}[sa.x()]('t')",
        "",
        "a call: an item by a computed key",
    ),
    "a comprehension over what cannot be read": (
        "[op.create_table(n) for n in sa.x()]",
        "",
        "the table of op.create_table",
    ),
    "a computed operation": ("getattr(op, os.sep)('a')", "import os", "an attribute whose name is computed"),
    "a block": ("op.execute('DO $$ BEGIN CREATE TABLE a (id int); END $$')", "", "a block of procedural SQL"),
    "an operation of somebody's": (
        "op.create_timescale_table('a')",
        "",
        "op.create_timescale_table, which is no operation",
    ),
    "op.invoke": ("op.invoke(sa.anything())", "", "op.invoke of an operation"),
    "exec": ("exec('op.create_table(1)')", "", "exec()"),
    "endless recursion": ("again(0)", "def again(n):\n    again(n + 1)", "nested too deeply"),
    "an endless loop": ("while True:\n    x = 1", "", "a loop that does not end"),
    "too long": ("for a in range(999):\n    for b in range(999):\n        x = a", "", "too many steps"),
    "an upgrade that is no function": ("pass", "", "upgrade: it is computed", "upgrade = sa.anything()\n"),
}


@pytest.mark.parametrize("construct", UNREAD)
def test_what_it_cannot_read_is_reported_with_its_line_and_never_counts_as_ours(
    revisions: Revisions, construct: str
) -> None:
    upgrade, head, message, *tail = UNREAD[construct]
    revisions.add(upgrade, head, tail="".join(tail))

    history = revisions.read()

    assert created(history) == {}
    (found,) = history.unread
    assert message in found.message
    assert found.place.revision == "r1"
    assert found.place.path == str(revisions.folder / "versions" / "r1.py")
    source = Path(found.place.path).read_text(encoding="utf-8").splitlines()
    assert source[found.place.line - 1].startswith("    ") or construct == "an upgrade that is no function"


AS_GENERATED = """
op.create_table('made', sa.Column('id', sa.Integer()), sa.PrimaryKeyConstraint('id', name=op.f('pk')), schema='crm')
op.create_table('once', sa.Column('id', sa.Integer()), if_not_exists=True)
op.create_index(op.f('ix_made_id'), 'made', ['id'], unique=False, schema='crm')
with op.batch_alter_table('old', schema=None) as batch_op:
    batch_op.add_column(sa.Column('x', sa.Text()))
    batch_op.create_index(batch_op.f('ix_old_x'), ['x'])
op.rename_table('once', 'twice')
op.drop_table('gone')
op.alter_column('other', 'x', nullable=True)
"""
NOT_AS_GENERATED = {
    "a computed name": ("op.create_table('a' + 'b')", ""),
    "several names for one function": ("op.create_table('a')", "def upgrade():\n    pass\n"),
    "another op": ("op.create_table('a')", "op = sa.anything()\n"),
    "a package that is called op": ("op.create_table('a')", "import op.more\n"),
    "op in a batch's place": ("with op.batch_alter_table('a') as op:\n    op.drop_column('x')", ""),
    "SQL in a batch": ("with op.batch_alter_table('a') as b:\n    b.execute('CREATE TABLE c (id int)')", ""),
    "arguments that are computed": ("op.create_table(*NAMES)", "NAMES = ['a']\n"),
    "a name of the module": ("op.create_table(NAME)", "NAME = 'a'\n"),
    "a module that does something": ("op.create_table('a')", "if sa.anything():\n    from x import op\n"),
}


def both_ways(revisions: Revisions, monkeypatch: pytest.MonkeyPatch) -> tuple[History, History]:
    """Read with the short way for what autogenerate writes, and without it."""
    script = revisions.script()
    fast = read_history(script, dialect="postgresql")
    with monkeypatch.context() as patch:
        patch.setattr(read, "events_as_generated", lambda tree: None)
        return fast, read_history(script, dialect="postgresql")


def test_what_autogenerate_writes_is_read_without_the_interpreter_and_is_the_same(
    revisions: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = revisions.add(AS_GENERATED, 'NAMES = ("a", None)\nkind: str | None = "x"\n')

    fast, slow = both_ways(revisions, monkeypatch)

    tree = ast.parse((revisions.folder / "versions" / f"{name}.py").read_text(encoding="utf-8"))
    assert len(events_as_generated(tree) or ()) == 7
    assert fast == slow
    assert created(fast) == {"crm.made": False, "twice": True}
    assert {str(each) for each in fast.touched} == {"old", "other"}


@pytest.mark.parametrize("construct", NOT_AS_GENERATED)
def test_what_may_mean_something_else_is_left_to_the_interpreter(
    revisions: Revisions, monkeypatch: pytest.MonkeyPatch, construct: str
) -> None:
    upgrade, head = NOT_AS_GENERATED[construct]
    name = revisions.add(upgrade, head)

    fast, slow = both_ways(revisions, monkeypatch)

    tree = ast.parse((revisions.folder / "versions" / f"{name}.py").read_text(encoding="utf-8"))
    assert events_as_generated(tree) is None
    assert fast == slow


def test_each_construct_is_read_the_same_in_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [*READ.values(), *HALF_READ.values(), *UNREAD.values(), *((each, "") for each in HARMLESS.values())]
    for number, (upgrade, head, *_) in enumerate(cases):
        if "999" in upgrade:  # takes its time, which is what it is there for
            continue
        revisions = Revisions(tmp_path / str(number))
        revisions.add(upgrade, head)

        fast, slow = both_ways(revisions, monkeypatch)

        assert fast == slow, upgrade


HARMLESS = {
    "a hole in a value": "op.execute(f'UPDATE a SET x = {sa.anything()}')",
    "a query": "for row in op.get_bind().execute(sa.select(sa.column('x'))):\n    print(row.x, row[0], len(row))",
    "an insert": "op.get_bind().execute(sa.table('a').insert().values(x=1))",
    "a backfill in batches": "while True:\n    rows = op.get_bind().execute(sa.text('SELECT 1'))\n    if not rows:\n        break",
    "a function's body": "op.execute('CREATE FUNCTION f() RETURNS int AS $$ CREATE TABLE a (id int) $$ LANGUAGE sql')",
    "an index renamed": "op.execute('ALTER INDEX a RENAME TO b')",
    "a sequence, a view, a type": "op.execute('CREATE SEQUENCE a; CREATE VIEW b AS SELECT 1; DROP TYPE c; DROP VIEW b')",
    "comments and strings": "op.execute(\"-- CREATE TABLE a\\nSELECT 'CREATE TABLE b' /* DROP TABLE c */\")",
    "a create table in an insert": "op.execute(\"INSERT INTO log VALUES ('CREATE TABLE a (id int)')\")",
    "a trigger with a body": "op.execute('CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DROP TABLE c; END')",
    "parameters": "op.get_bind().execute(sa.text('UPDATE a SET x = :x').bindparams(x=1).params(x=2))",
    "a part that is replaced": "op.execute('UPDATE a SET x = __X__'.replace('__X__', 'y' if sa.anything() else 'z'))",
    "recursion over what cannot be read": (
        "def clean(x):\n    if isinstance(x, list):\n        return [clean(each) for each in x]\n    return clean(x.a)\n"
        "for row in op.get_bind().execute(sa.text('SELECT x FROM a')):\n    clean(row.x)"
    ),
    "an unknown table altered": (
        "op.add_column(sa.x().name, sa.Column('a'))\nop.execute(f'ALTER TABLE {sa.x()} ADD a int')\n"
        "op.execute(f'CREATE INDEX i ON {sa.x()} (a)')"
    ),
    "a value by a computed name": "getattr(sa.x(), sa.y()).strip()",
    "a statement built in a loop": (
        "s = 'INSERT INTO a VALUES '\nfor row in sa.x():\n    s += f'({row}),'\nop.execute(s[:-1] + ';')"
    ),
    "an insert into what cannot be read": "op.get_bind().execute((sa.x() if sa.y() else 1).insert().values(a=1))",
    "numbers, slices, sets": "x = -1\ny = [1, 2][x:]\nz = {1, 2} | {3}\nassert y and z\ndel x\nq: int = 4\nq -= 2",
    "unknown attributes": "a = sa.x()\na.b.c.d(1)(2)[3]\nlen(a.b)\nsorted(a.b, key=lambda x: x)\n'x'.join(a)\n'%s %d' % (a, 3)",
}


@pytest.mark.parametrize("construct", HARMLESS)
def test_what_makes_no_table_is_not_reported(revisions: Revisions, construct: str) -> None:
    revisions.add(HARMLESS[construct])

    history = revisions.read(dialect="sqlite" if "trigger" in construct else "postgresql")

    assert (created(history), messages(history)) == ({}, [])


SQL = {
    "postgresql": {
        "CREATE TABLE Made (id int)": ["made"],
        "CREATE TABLE pg_temp.a (id int); CREATE TABLE b (id int)": ["b"],
        "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.a (id int)": ["public.a"],
        'CREATE TABLE "Made" (id int)': ["Made"],
        'CREATE TABLE "crm"."a b" (id int)': ["crm.a b"],
        "CREATE UNLOGGED TABLE a (id int)": ["a"],
        "CREATE TABLE a AS SELECT 1 AS x": ["a"],
        "SELECT 1 AS x INTO a FROM b": ["a"],
        "WITH q AS (SELECT 1 AS x) SELECT x INTO a FROM q": ["a"],
        "CREATE TABLE a (id int); CREATE TABLE b (id int); DROP TABLE a, c": ["b"],
        "CREATE TABLE a (id int); ALTER TABLE IF EXISTS ONLY a RENAME TO b": ["b"],
        "CREATE TABLE a (id int); ALTER TABLE a RENAME COLUMN id TO b": ["a"],
        "CREATE TABLE a (id int); ALTER TABLE a RENAME id TO b": ["a"],
        "CREATE TABLE a (id int); ALTER TABLE a RENAME CONSTRAINT x TO y": ["a"],
        "CREATE TABLE a (id int); ALTER TABLE a SET SCHEMA crm": ["crm.a"],
        "CREATE TABLE crm.a (id int); ALTER TABLE crm.a RENAME TO b": ["crm.b"],
        "CREATE TABLE a (id int); ALTER INDEX a RENAME TO b": ["a"],
        "CREATE TABLE a (id int); DROP TABLE IF EXISTS A CASCADE": [],
        "CREATE TABLE _alembic_tmp_a (id int)": [],
        "create table a (x text default ';', y text); create table b (z int)": ["a", "b"],
    },
    "sqlite": {
        "CREATE TABLE [a b] (id int)": ["a b"],
        "CREATE TABLE temp.a (id int); CREATE TABLE main.b (id int)": ["main.b"],
        "CREATE TABLE `a` (id int)": ["a"],
        "CREATE TABLE Made (id int); ALTER TABLE made RENAME TO other": ["other"],
        "CREATE VIRTUAL TABLE docs USING fts5(body)": ["docs"],
    },
    "mysql": {
        "CREATE TABLE `a` (id int); RENAME TABLE a TO b, c TO d": ["b"],
        "CREATE TABLE a (id int); ALTER TABLE a RENAME b": ["b"],
        "CREATE TABLE a (id int); ALTER TABLE a RENAME AS b": ["b"],
        "CREATE TABLE a (id int); ALTER TABLE a RENAME INDEX x TO y": ["a"],
        "CREATE TABLE Made (id int)": ["Made"],
        "SET @x = 1; CREATE TABLE a (id int)": ["a"],
    },
}


@pytest.mark.parametrize(("dialect", "sql"), [(dialect, sql) for dialect, cases in SQL.items() for sql in cases])
def test_sql_is_read_as_the_database_reads_it(revisions: Revisions, dialect: str, sql: str) -> None:
    revisions.add(f"op.execute({sql!r})")

    history = revisions.read(dialect=dialect)

    assert list(created(history)) == SQL[dialect][sql]
    assert messages(history) == []


@pytest.mark.parametrize(
    ("dialect", "schema", "upgrade", "left"),
    [
        ("postgresql", "public", "op.create_table('a')\nop.execute('DROP TABLE public.a')", []),
        ("postgresql", "public", "op.execute('CREATE TABLE public.a (id int)')\nop.drop_table('a')", []),
        ("postgresql", "crm", "op.create_table('a')\nop.execute('DROP TABLE public.a')", ["a"]),
        ("postgresql", "public", "op.create_table('a')\nop.rename_table('a', 'b', schema='public')", ["public.b"]),
        ("postgresql", "public", "op.execute('CREATE TABLE ' + 'x' * 70 + ' (id int)')\nop.drop_table('x' * 63)", []),
        ("postgresql", "public", "op.execute('CREATE TABLE ÉTÉ (id int)')\nop.drop_table('ÉtÉ')", []),
        ("postgresql", "public", "op.execute('CREATE TABLE ÉTÉ (id int)')\nop.drop_table('été')", ["ÉtÉ"]),
        ("sqlite", "main", "op.create_table('Users')\nop.execute('DROP TABLE main.users')", []),
        ("sqlite", "main", "op.create_table('É')\nop.create_table('é')\nop.drop_table('É')", ["é"]),
    ],
)
def test_two_spellings_that_the_database_takes_for_one_table_are_one(
    revisions: Revisions, dialect: str, schema: str, upgrade: str, left: list[str]
) -> None:
    revisions.add(upgrade)

    assert list(created(revisions.read(dialect=dialect, schema=schema))) == left


# Not for sure


@pytest.mark.parametrize(
    ("upgrade", "message"),
    [
        ("op.execute('ALTER SCHEMA crm RENAME TO erp')", "it renames a schema with all its tables"),
        ("op.execute('DROP SCHEMA crm CASCADE')", "it drops all tables of a schema"),
        ("op.drop_table(os.sep)", "the table of op.drop_table"),
        ("op.rename_table('before', os.sep)", "the table of op.rename_table"),
        ("op.rename_table(os.sep, 'b')", "the table of op.rename_table"),
        ("op.execute(f'ALTER TABLE before RENAME TO {os.sep}')", "the name of the table is computed"),
        ("op.execute(f'ALTER TABLE before SET SCHEMA {os.sep}')", "the name of the table is computed"),
        ("op.execute(f'DROP TABLE {os.sep}')", "the name of the table is computed"),
        ("op.execute('DO $$ BEGIN DROP TABLE a; END $$')", "a block of procedural SQL"),
        ("op.execute('DO $$ BEGIN ALTER TABLE before RENAME TO b; END $$')", "a block of procedural SQL"),
        ("op.execute('DO $$ BEGIN ALTER TABLE before SET SCHEMA crm; END $$')", "a block of procedural SQL"),
        ("op.execute('SAVEPOINT x; CREATE TEMP TABLE t (id int); ROLLBACK TO x')", "it takes back what came before it"),
        ("sa.MetaData().drop_all(op.get_bind())", "drop_all() of a MetaData"),
    ],
)
def test_after_a_drop_that_cannot_be_read_no_table_is_there_for_sure(
    revisions: Revisions, upgrade: str, message: str
) -> None:
    revisions.add("op.create_table('before')")
    revisions.add(upgrade, "import os")
    revisions.add("op.create_table('after')")

    history = revisions.read()

    assert created(history) == {"before": True, "after": False}
    (found,) = messages(history)
    assert message in found


def test_a_rename_under_a_condition_is_conditional(revisions: Revisions) -> None:
    revisions.add("op.create_table('a')")
    revisions.add("if sa.inspect(op.get_bind()).has_table('a'):\n    op.rename_table('a', 'b')")

    assert created(revisions.read()) == {"b": True}


@pytest.mark.parametrize(
    "sql",
    [
        "SET LOCAL search_path TO crm",
        "SET search_path = crm",
        "SELECT set_config('search_path', 'crm', true)",
        "SELECT pg_catalog.set_config('search_path', 'crm', true)",
    ],
)
def test_after_a_changed_search_path_no_table_without_a_schema_is_for_sure(revisions: Revisions, sql: str) -> None:
    revisions.add(
        f"op.create_table('before')\nop.execute({sql!r})\nop.create_table('a')\nop.create_table('b', schema='crm')"
    )
    revisions.add("op.create_table('after')")

    history = revisions.read()

    assert created(history) == {"before": False, "a": True, "crm.b": False, "after": False}
    assert messages(history) == ["after it, tables without a schema are made in another one"]


# Where it is


def test_a_table_knows_its_revision_file_and_line(revisions: Revisions) -> None:
    revisions.add("pass\nop.create_table(\n    'a',\n)")
    revisions.add("make('b')", "def make(name):\n    op.create_table(name)")

    tables = revisions.read().tables

    one, two = tables[TableName(None, "a")].place, tables[TableName(None, "b")].place
    assert (one.revision, Path(one.path).name, one.line) == ("r1", "r1.py", 11)
    assert (two.revision, Path(two.path).name, two.line) == ("r2", "r2.py", 8)


def test_a_syntax_error_is_reported_with_its_line_and_the_rest_is_read(revisions: Revisions) -> None:
    revisions.add("op.create_table('a')")
    revisions.add("op.create_table('b')")
    revisions.texts[revisions.folder / "versions" / "r1.py"] = "def upgrade(:\n    op.create_table('x')\n"

    history = revisions.read()

    assert list(created(history)) == ["b"]
    (found,) = history.unread
    assert (found.place.revision, found.place.line) == ("r1", 1)
    assert found.message.startswith("the file cannot be read: ")


def test_a_file_that_is_nested_too_deeply_for_a_tree_is_reported_and_the_rest_is_read(revisions: Revisions) -> None:
    revisions.add("op.create_table('a')")
    revisions.add(f"x = {'+'.join(['1'] * 5000)}\nop.create_table('b')")
    revisions.add("op.create_table('c')")

    history = revisions.read()

    assert list(created(history)) == ["a", "c"]
    (found,) = messages(history)
    # Python 3.10 makes a tree of it, which is then too deep to be followed.
    assert found.startswith(("the file cannot be read", "upgrade() takes too many steps"))


# It ends

BOMBS = {
    "a string that doubles": "s = 'a'\nfor i in range(200):\n    s = s + s",
    "a string that doubles in place": "s = 'a'\nfor i in range(200):\n    s += s",
    "an f-string": "s = 'a'\nfor i in range(200):\n    s = f'{s}{s}'",
    "format": "s = 'a'\nfor i in range(200):\n    s = '{0}{0}'.format(s)",
    "percent": "s = 'a'\nfor i in range(200):\n    s = '%s%s' % (s, s)",
    "replace": "s = 'a'\nfor i in range(200):\n    s = s.replace('a', 'aa')",
    "join": "s = 'a'\nfor i in range(200):\n    s = s.join('bbb')",
    "a wide field": "s = '{:9999999999}'.format(1) + '{:{}}'.format(1, 10 ** 10) + '%09999999999d' % 1 + '%*d' % (10 ** 10, 1)",
    "zfill": "s = '1'.zfill(9999999999)",
    "a list that doubles": "s = ['a']\nfor i in range(200):\n    s = s + s",
    "a list that extends itself": "s = ['a']\nfor i in range(200):\n    s.extend(s)",
    "a list of itself and itself": "s = [1]\nfor i in range(200):\n    s = [s, s]\nif s == 1:\n    pass",
    "a tuple of itself and itself": "s = 1\nfor i in range(200):\n    s = (s, s)\ns = '%s%s' % s",
    "a list in itself": "s = []\ns.append(s)\nif s == 1:\n    pass",
    "a number": "n = 9\nfor i in range(200):\n    n = n * n",
    "a product": "import itertools\nr = range(9000)\ns = itertools.product(r, r, r, r)",
    "a long range": "for i in range(10 ** 12):\n    pass",
    "a long script": "op.execute('select 1;' * 1000)\nop.execute(SCRIPT)",
    "a long trigger": "op.execute(TRIGGER)",
}
LITERALS = f"SCRIPT = {'select 1;' * 40_000!r}\nTRIGGER = {'CREATE TRIGGER t BEGIN ' + 'x;' * 40_000 + ' END'!r}\n"


class TooSlow(BaseException):
    """Not an Exception: the reader takes one that Python raises while it computes for an answer."""


@pytest.mark.parametrize("bomb", BOMBS)
def test_it_ends_soon_and_reads_on(revisions: Revisions, bomb: str) -> None:
    def stop(*_: object) -> None:
        raise TooSlow

    revisions.add(f"{BOMBS[bomb]}\nop.create_table('made')", LITERALS)

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(10)
    try:
        history = revisions.read()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

    assert created(history) == {"made": False}


# The order of the chain


def test_order_is_the_chains_and_not_the_file_names(revisions: Revisions) -> None:
    revisions.add("op.create_table('a')", name="zz")
    revisions.add("op.rename_table('a', 'b')", name="mm")
    revisions.add("op.rename_table('b', 'c')", name="aa")

    assert list(created(revisions.read())) == ["c"]


def test_only_ancestors_of_the_given_heads_count(revisions: Revisions) -> None:
    revisions.add("op.create_table('root')", name="root", down=None)
    revisions.add("op.create_table('left')", name="left", down="root")
    revisions.add("op.create_table('right')", name="right", down="root")

    assert set(created(revisions.read("left"))) == {"root", "left"}
    assert set(created(revisions.read("root"))) == {"root"}
    assert set(created(revisions.read("left", "right"))) == {"root", "left", "right"}
    assert set(created(revisions.read())) == {"root", "left", "right"}


def test_of_several_labelled_roots_only_the_one_that_is_run_counts(revisions: Revisions) -> None:
    revisions.add("op.create_table('one')", name="one", down=None, labels="shop")
    revisions.add("op.create_table('two')", name="two", down=None, labels="stats")

    assert set(created(revisions.read("one"))) == {"one"}


def test_a_merge_has_both_sides(revisions: Revisions) -> None:
    revisions.add("op.create_table('root')", name="root", down=None)
    revisions.add("op.create_table('left')", name="left", down="root")
    revisions.add("op.create_table('right')", name="right", down="root")
    revisions.add("op.drop_table('right')", name="merge", down=("left", "right"))

    assert set(created(revisions.read("merge"))) == {"root", "left"}


def test_what_a_revision_depends_on_comes_before_it(revisions: Revisions) -> None:
    revisions.add("op.create_table('other')", name="other", down=None)
    revisions.add("op.rename_table('other', 'taken')", name="ours", down=None, depends_on="other")

    assert set(created(revisions.read("ours"))) == {"taken"}


def test_several_version_locations_are_one_chain(revisions: Revisions) -> None:
    revisions.add("op.create_table('a')", name="a", down=None)
    revisions.add("op.create_table('b')", name="b", down=None, folder="more")

    locations = ":".join(str(revisions.folder / each) for each in ("versions", "more"))

    assert set(created(revisions.read(version_locations=locations))) == {"a", "b"}


def test_a_head_that_no_file_has_is_reported(revisions: Revisions) -> None:
    revisions.add("op.create_table('a')")

    history = revisions.read("gone", "r1")

    assert list(created(history)) == ["a"]
    assert messages(history) == ["no file has revision gone, which the database is at"]


def test_a_broken_chain_is_reported(revisions: Revisions) -> None:
    revisions.add("op.create_table('a')", name="a", down="nowhere")

    config = Config()
    config.set_main_option("script_location", str(revisions.folder))

    with pytest.warns(UserWarning, match="nowhere"):
        history = read_history(ScriptDirectory.from_config(config))

    assert created(history) == {}
    (message,) = messages(history)
    assert "the chain is broken: " in message


# Touched and not created


def test_tables_from_before_the_chain_are_touched_and_not_created(revisions: Revisions) -> None:
    revisions.add(
        "op.create_table('a')\nop.add_column('a', sa.Column('x', sa.Text))\nop.add_column('old', sa.Column('x'))"
    )
    revisions.add("with op.batch_alter_table('older', schema='s') as b:\n    b.drop_column('x')")
    revisions.add("op.execute('ALTER TABLE raw ADD x int; CREATE INDEX i ON indexed (x)')\nop.drop_index('i', 'named')")
    revisions.add("op.create_foreign_key('fk', 'source', 'target', ['a'], ['b'])\nop.drop_index('ix')")

    history = revisions.read()

    assert list(created(history)) == ["a"]
    assert sorted(map(str, history.touched)) == ["indexed", "named", "old", "raw", "s.older", "source"]
    assert history.touched[TableName(None, "old")].place.line == 12


def test_a_table_that_the_chain_drops_is_touched_no_more(revisions: Revisions) -> None:
    revisions.add("op.add_column('old', sa.Column('x'))\nop.drop_table('old')\nop.drop_table('older')")
    revisions.add("op.create_table('a')\nop.drop_table('a')\nop.add_column('a', sa.Column('x'))")

    assert revisions.read().touched == {}


def test_an_old_tables_new_name_is_touched_too(revisions: Revisions) -> None:
    revisions.add("op.rename_table('old', 'new')")

    history = revisions.read()

    assert (created(history), list(map(str, history.touched))) == ({}, ["new"])


# The project's own modules


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package on sys.path that must not be imported: that would raise."""
    package = tmp_path / "readonly_project"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return package


MODULES = {
    "a folder without __init__": (
        "from readonly_project.plain.deep.names import NAME",
        "op.create_table(NAME)",
        ["deep"],
    ),
    "a helper": ("from readonly_project.helpers import make", "make('made')", ["made"]),
    "a helper's module": ("from readonly_project import helpers as h", "h.make('made')", ["made"]),
    "the whole path": ("import readonly_project.helpers", "readonly_project.helpers.make('made')", ["made"]),
    "a constant": ("from readonly_project.helpers import NAME", "op.create_table(NAME)", ["constant"]),
    "a relative import": ("from readonly_project.helpers import OTHER", "op.create_table(OTHER)", ["other"]),
    "a model": ("from readonly_project.models import User", "op.create_table(User.__tablename__)", ["users"]),
    "a model's table": (
        "from readonly_project.models import User",
        "User.__table__.create(op.get_bind())",
        ["crm.users"],
    ),
    "a SQLModel": ("from readonly_project.models import Hero", "op.create_table(Hero.__tablename__)", ["hero"]),
    "everything": ("from readonly_project.helpers import *", "make('made')", ["made"]),
    "another revision with dashes": (
        "from importlib import import_module",
        "import_module('readonly_project.001-first').downgrade()",
        ["by_downgrade"],
    ),
    "a guarded import": (
        "try:\n    from readonly_project.helpers import NAME\nexcept ImportError:\n    NAME = 'x'",
        "op.create_table(NAME)",
        ["constant"],
    ),
    "inside upgrade": ("", "from readonly_project.helpers import make\nmake('made')", ["made"]),
}


@pytest.mark.parametrize("how", MODULES)
def test_modules_of_the_project_are_read_and_not_imported(revisions: Revisions, project: Path, how: str) -> None:
    (project / "helpers.py").write_text(
        "from alembic import op\nfrom .names import OTHER\nNAME = 'constant'\nraise_me = 1 / 0\n"
        "def make(name):\n    op.create_table(name)\n",
        encoding="utf-8",
    )
    (project / "plain" / "deep").mkdir(parents=True)
    (project / "plain" / "deep" / "names.py").write_text("NAME = 'deep'\n", encoding="utf-8")
    (project / "names.py").write_text("OTHER = 'other'\n", encoding="utf-8")
    (project / "models.py").write_text(
        "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import DeclarativeBase\nfrom sqlmodel import SQLModel\n"
        "class Base(DeclarativeBase):\n    metadata = MetaData(schema='crm')\n"
        "class User(Base):\n    __tablename__ = 'users'\nclass Hero(SQLModel, table=True):\n    pass\n",
        encoding="utf-8",
    )
    (project / "001-first.py").write_text(
        "from alembic import op\ndef downgrade():\n    op.create_table('by_downgrade')\n", encoding="utf-8"
    )
    head, upgrade, expected = MODULES[how]
    revisions.add(upgrade, head)

    history = revisions.read()

    assert (list(created(history)), messages(history)) == (expected, [])


def test_a_call_deep_into_the_application_hides_nothing_that_comes_after_it(
    revisions: Revisions, project: Path
) -> None:
    (project / "deep.py").write_text(
        "import alembic\ndef work(n):\n    for a in range(999):\n        for b in range(999):\n            n = a\n",
        encoding="utf-8",
    )
    revisions.add("work(1)\nop.create_table('made')", "from readonly_project.deep import work")

    history = revisions.read()

    assert created(history) == {"made": False}
    (message,) = messages(history)
    assert message == f"a call that takes too many steps into {project / 'deep.py'}"


def test_what_a_module_does_while_it_is_imported_is_not_the_migrations_doing(
    revisions: Revisions, project: Path
) -> None:
    (project / "__init__.py").write_text("", encoding="utf-8")
    (project / "db.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\nm = sa.MetaData()\nm.create_all(sa.create_engine('sqlite://'))\n"
        "if sa.anything():\n    op.create_table('at_import')\nNAME = 'made'\n",
        encoding="utf-8",
    )
    revisions.add("from readonly_project.db import NAME\nop.create_table(NAME)")

    history = revisions.read()

    assert (list(created(history)), messages(history)) == (["made"], [])


def test_a_file_without_a_hint_is_not_parsed(revisions: Revisions, monkeypatch: pytest.MonkeyPatch) -> None:
    revisions.add("pass")
    path = revisions.folder / "versions" / "r1.py"
    revisions.texts[path] = revisions.texts[path].partition("def downgrade")[0] + "def downgrade():\n    pass\n"
    script = revisions.script()
    monkeypatch.setattr("ast.parse", lambda *given: pytest.fail("parsed"))

    assert read_history(script) == History()
