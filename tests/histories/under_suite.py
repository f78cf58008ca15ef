"""`python -m tests.histories.under_suite [NAME ...]`: published chains under the suite of ``alembic_guard.testing``.

Each application runs in its own environment, with an env.py that has a Guard of its models. What the tests say is held
against a golden file; SUITE.md says of each finding why it is true. The exit code is 1 where the two differ.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import indent

from filelock import FileLock

from tests.histories.applications import APPLICATIONS, Application
from tests.histories.measure import ENVIRONMENTS, ROOT, environment, installed
from tests.kit import Database, postgresql_server, sqlite_database

SUITE = Path(__file__).parent / "suite"
GOLDEN = ROOT / "tests" / "golden" / "histories"


def golden(application: Application, dialect: str) -> Path:
    return GOLDEN / f"{application.name}-{dialect}.txt"


def outcomes(application: Application, database: Database) -> str:
    """What each test said, without what differs from run to run."""
    with FileLock(str(ENVIRONMENTS / application.name) + ".lock"):
        python = installed(application)
    with tempfile.TemporaryDirectory(prefix="histories-") as name:
        folder = Path(name) / "suite"
        shutil.copytree(SUITE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        answer = folder / "outcomes.json"
        more = {
            "PYTHONPATH": str(ROOT),
            "APPLICATION": application.name,
            "DATABASE_URL": "" if database.dialect == "sqlite" else database.text,
            "OUTCOMES": str(answer),
        }
        plugins = ["-p", "no:cacheprovider", "-p", "alembic_guard.pytest_plugin"]
        options = ["-q", *plugins, "-o", "pytest_alembic_tests_path=none", f"--basetemp={folder / 'tmp'}"]
        ran = subprocess.run(
            [python, "-m", "pytest", *options],
            cwd=folder,
            env={**environment(folder), **more},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        if not answer.exists():
            raise RuntimeError(f"{application.name}: {ran.stdout[-2000:]}{ran.stderr[-4000:]}")
        return _shown(json.loads(answer.read_text(encoding="utf-8")), folder)


def _shown(said: Mapping[str, str], folder: Path) -> str:
    text = "\n".join(f"{name}: {indent(outcome, '    ').strip()}" for name, outcome in sorted(said.items())) + "\n"
    text = re.sub(r"/\S*/site-packages", "<site-packages>", text.replace(str(folder), "<folder>"))
    text = re.sub(r"sqlite:///\S+?database\.sqlite", "<database>", text)
    return re.sub(r"postgresql\+psycopg://\S+", "<database>", text)


def main(names: Sequence[str]) -> int:
    differ = []
    for application in [each for each in APPLICATIONS if each.suite and (not names or each.name in names)]:
        for dialect in application.suite:
            print(application.name, dialect, flush=True)
            if _run(application, dialect) != golden(application, dialect).read_text(encoding="utf-8"):
                differ.append(f"{application.name} on {dialect}")
    print("they say other things than their golden files:" if differ else "as in the golden files", *differ, sep="\n  ")
    return 1 if differ else 0


def _run(application: Application, dialect: str) -> str:
    with tempfile.TemporaryDirectory(prefix="histories-") as name:
        folder = Path(name)
        if dialect == "sqlite":
            return _written(application, sqlite_database(folder / "database.sqlite"))
        with postgresql_server(folder / "server") as server, server.database() as database:
            return _written(application, database)


def _written(application: Application, database: Database) -> str:
    said, path = outcomes(application, database), golden(application, database.dialect)
    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, encoding="utf-8")
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
