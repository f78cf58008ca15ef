"""What reading a chain costs, beside what Python takes to parse its files.

The chains are made here: one is as autogenerate writes it, in the other one revision in five has loops, helpers and SQL.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory

from alembic_guard._history import read_history
from benchmarks.measure import best_of

COLUMNS = "".join(f"        sa.Column('c{n}', sa.String(length={n + 1}), nullable=True),\n" for n in range(12))
PLAIN = (
    "    op.create_table(\n        't{n}',\n        sa.Column('id', sa.Integer(), nullable=False),\n"
    + COLUMNS
    + "        sa.PrimaryKeyConstraint('id'),\n    )\n"
    "    with op.batch_alter_table('t{n}', schema=None) as batch_op:\n"
    "        batch_op.create_index(batch_op.f('ix_t{n}_c1'), ['c1'], unique=False)\n"
)
ODD = (
    "    for name in ('a{n}', 'b{n}'):\n        _make(name)\n"
    "    op.execute('CREATE TABLE c{n} (id INTEGER); ALTER TABLE c{n} RENAME TO d{n}')\n"
    "    if not sa.inspect(op.get_bind()).has_table('e{n}'):\n        op.create_table('e{n}')\n"
)
HELPER = "\n\ndef _make(name):\n    op.create_table(name, sa.Column('id', sa.Integer()))\n"


def write_chain(folder: Path, revisions: int, odd_ones: int) -> ScriptDirectory:
    """A linear chain in a folder, of which one revision in so many is an odd one; 0: none."""
    versions = folder / "versions"
    versions.mkdir()
    for number in range(revisions):
        odd = bool(odd_ones) and number % odd_ones == odd_ones - 1
        before = repr(f"r{number - 1}") if number else None
        (versions / f"r{number}.py").write_text(
            f'"""Revision {number}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f"revision = 'r{number}'\ndown_revision = {before}\nbranch_labels = None\ndepends_on = None\n\n\n"
            f"def upgrade():\n{(ODD if odd else PLAIN).format(n=number)}\n\n"
            f"def downgrade():\n    op.drop_table('t{number}')\n{HELPER if odd else ''}",
            encoding="utf-8",
        )
    config = Config()
    config.set_main_option("script_location", str(folder))
    script = ScriptDirectory.from_config(config)
    script.get_heads()  # Alembic imports every file; env.py has paid for that
    return script


def parse_all(paths: Iterable[Path]) -> None:
    """What Python takes alone."""
    for path in paths:
        ast.parse(path.read_text(encoding="utf-8"), str(path))


def cells(revisions: int) -> Iterator[dict[str, Any]]:
    """Seconds of processor time, of a chain so long of each kind."""
    for odd_ones, kind in ((0, "as autogenerate writes them"), (5, "one in five by hand")):
        with tempfile.TemporaryDirectory(prefix="chain-") as name:
            script = write_chain(Path(name), revisions, odd_ones)
            paths = sorted((Path(name) / "versions").glob("*.py"))
            seconds = {
                "ast.parse": best_of(3, lambda paths=paths: parse_all(paths)),
                "read_history": best_of(3, lambda script=script: read_history(script, dialect="postgresql")),
            }
        print(f"ownership        {revisions} revisions, {kind}: {seconds}", flush=True)
        yield cell("ownership", revisions, seconds, what=kind)


def cell(kind: str, files: int, seconds: dict[str, float], *, what: str) -> dict[str, Any]:
    """One measurement of files; no database takes part."""
    ways = {name: {"seconds": each} for name, each in seconds.items()}
    return {"kind": kind, "dialect": "", "ours": files, "theirs": 0, "what": what, "ways": ways}
