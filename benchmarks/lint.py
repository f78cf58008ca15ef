"""What linting migrations and models costs, beside what Python takes to parse their files.

One file in ten names a table of another owner: a key to it, raw SQL, an operation on it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic_guard import lint_models
from alembic_guard.presets import better_auth
from benchmarks.history import HELPER, ODD, PLAIN, cell, parse_all
from benchmarks.measure import best_of
from benchmarks.models import write_models

CROSSES = (
    "    op.add_column('t{m}', sa.Column('user_id', sa.Text(), nullable=True))\n"
    "    op.create_foreign_key('fk_t{n}_user', 't{m}', 'user', ['user_id'], ['id'], ondelete='CASCADE')\n"
    "    op.create_index('ix_t{n}_user', 't{m}', ['user_id'])\n"
    '    op.execute("UPDATE t{n} SET user_id = (SELECT max(id) FROM \\"user\\")")\n'
)


def write_migrations(folder: Path, files: int) -> list[Path]:
    """Most as autogenerate writes them, one in twenty with loops, helpers and SQL."""
    folder.mkdir()
    paths = []
    for n in range(files):
        body = (ODD if n % 20 == 7 else PLAIN).format(n=n) + (CROSSES.format(n=n, m=n + 1) if n % 10 == 0 else "")
        helper = HELPER if n % 20 == 7 else ""
        before = repr(f"r{n - 1}") if n else None
        path = folder / f"r{n}.py"
        path.write_text(
            f'"""Revision {n}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f"revision = 'r{n}'\ndown_revision = {before}\nbranch_labels = None\ndepends_on = None\n\n\n"
            f"def upgrade():\n{body}\n\ndef downgrade():\n    op.drop_table('t{n}')\n{helper}",
            encoding="utf-8",
        )
        paths.append(path)
    return paths


def write_models_with_keys(folder: Path, files: int) -> list[Path]:
    """Those of the benchmark of names, and in one in ten a key to another owner's table."""
    folder.mkdir()
    paths = write_models(folder, files)
    key = '    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)\n'
    for path in paths[::10]:
        before, mark, after = path.read_text(encoding="utf-8").partition("    owner_id:")
        path.write_text(before + key + mark + after, encoding="utf-8")
    return paths


def cells(files: int) -> Iterator[dict[str, Any]]:
    """Seconds of processor time, of so many files of each kind."""
    with tempfile.TemporaryDirectory(prefix="lint-") as name:
        for kind, write in (("migrations", write_migrations), ("models", write_models_with_keys)):
            paths = write(Path(name) / kind, files)

            def lint(paths: list[Path] = paths) -> list[object]:
                return list(lint_models(paths, dialect="postgresql", external=[better_auth()]))

            lint(paths[:1])  # imports, and the names that are tried once
            seconds = {"ast.parse": best_of(3, lambda paths=paths: parse_all(paths)), "lint": best_of(3, lint)}
            size = sum(path.stat().st_size for path in paths) / 1e6
            print(f"lint             {files} {kind}, {size:.1f} MB, {len(lint())} findings: {seconds}", flush=True)
            yield cell("lint", files, seconds, what=kind)
