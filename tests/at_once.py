"""A project on disk for runs in processes of their own: many at once, and killed ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.kit import Chain, Database, Ran

SOAK = os.environ.get("ALEMBIC_GUARD_PROFILE") == "soak"

_ENV = """from pathlib import Path

import sqlalchemy as sa
from alembic_guard import Guard, run_migrations

(Path(__file__).parent / "begun").touch()
run_migrations(Guard(sa.MetaData(){options}))
"""

_INI = """[alembic]
script_location = %(here)s
path_separator = os
sqlalchemy.url = {url}
"""

CONCURRENTLY = """with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY ix_{name} ON {name} (a)")"""


class Project(Chain):
    """A chain in which each revision says in the table ``ran`` that it ran.

    Args:
        options: What the Guard is given beside its metadata, as source: ``, lock_wait=5``.
    """

    def __init__(self, folder: Path, database: Database, options: str = "") -> None:
        super().__init__(folder, database, _ENV.replace("{options}", options))
        self.at(database)

    def at(self, database: Database) -> None:
        """Name another database, or another way to it."""
        text = database.text.replace("%", "%%")
        (self.folder / "alembic.ini").write_text(_INI.format(url=text), encoding="utf-8")

    def revisions(self, count: int, *, more: str = "", seconds: float = 0) -> list[str]:
        """Revisions that each make a table, take some time, and say that they ran; the last one does more as well."""
        names = [f"{number:04}" for number in range(1, count + 1)]
        for before, name in zip([None, *names], names, strict=False):
            first = "op.create_table('ran', sa.Column('revision', sa.String(4)))\n" if before is None else ""
            create = f"op.create_table('t{name}', sa.Column('a', sa.Integer))\n"
            slow = f"import time\ntime.sleep({seconds})\n" if seconds else ""
            said = f"op.execute(\"INSERT INTO ran VALUES ('{name}')\")"
            extra = f"\n{more.format(name=f't{name}')}" if more and name == names[-1] else ""
            self.write(name, f"{first}{create}{slow}{said}{extra}", down_revision=before)
        return names

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "alembic", *(arguments or ("upgrade", "head"))],
            cwd=self.folder,
            env={**os.environ, "PYTHONWARNINGS": "error"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def killed(self, after: float) -> None:
        """A run that is killed some seconds after its imports, which take the longer the more the machine has to do."""
        begun = self.folder / "begun"
        begun.unlink(missing_ok=True)
        process = self.start()
        while process.poll() is None and not begun.exists():
            time.sleep(0.005)
        time.sleep(after)
        process.kill()
        process.communicate()

    def run(self, *arguments: str) -> Ran:
        process = self.start(*arguments)
        output = process.communicate(timeout=300)
        return Ran(process.returncode, *output)

    def at_once(self, count: int, *arguments: str) -> Sequence[Ran]:
        """The same command in many processes."""
        processes = [self.start(*arguments) for _ in range(count)]
        return [Ran(each.returncode, *output) for each in processes if (output := each.communicate(timeout=300))]

    def ran(self) -> list[str]:
        """The revisions that ran, each as often as it did."""
        return sorted(str(row[0]) for row in self.database.rows("SELECT revision FROM ran"))
