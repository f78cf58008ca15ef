"""`python -m tests.histories.measure [NAME ...]`: what the reader of chains finds, beside what the chains really made.

Each application is installed into an environment of its own, runs its chain on a new SQLite file, and its revisions are
read there by our checkout. Without names all are measured and RESULTS.md is written. The exit code is 1 when a table
differs and ``applications.py`` does not say why.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import groupby
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.histories.applications import APPLICATIONS, Application

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ENVIRONMENTS = ROOT / ".venv-histories"
RESULTS = HERE / "RESULTS.md"


@dataclass(frozen=True)
class Difference:
    """A table that only one of the two has."""

    table: str
    kind: str
    """``missed``: it is there and was not read; ``wrong``: it was read and is not there."""
    note: str
    why: str


@dataclass(frozen=True)
class Measured:
    """One application's chain, read and run."""

    application: Application
    truth: Mapping[str, Any]
    read: Mapping[str, Any]

    @property
    def real(self) -> set[str]:
        """Tables that the chain itself left in the database."""
        return set(self.truth["tables"]) - set(self.truth["before"])

    @property
    def found(self) -> set[str]:
        return set(self.read["tables"])

    @property
    def precision(self) -> float:
        return len(self.real & self.found) / len(self.found) if self.found else 1.0

    @property
    def recall(self) -> float:
        return len(self.real & self.found) / len(self.real) if self.real else 1.0

    @property
    def conditional(self) -> int:
        return sum(conditional for _, conditional in self.read["tables"].values())

    @property
    def differences(self) -> list[Difference]:
        return sorted(self._differences(), key=lambda each: (each.kind, each.table))

    def _differences(self) -> Iterator[Difference]:
        for table in self.real - self.found:
            yield Difference(table, "missed", "", self.application.why(table))
        for table in self.found - self.real:
            place, conditional = self.read["tables"][table]
            note = f"{place}, behind a condition" if conditional else place
            yield Difference(table, "wrong", note, self.application.why(table))

    @property
    def complaints(self) -> list[str]:
        """What makes the command fail."""
        name, why = self.application.name, {each.why for each in self.differences}
        return [
            *(f"{name}: {each.kind} {each.table} {each.note}" for each in self.differences if not each.why),
            *(f"{name}: nothing differs by: {text}" for text in {*self.application.explained.values()} - why),
        ]


def measure(application: Application) -> Measured:
    """Install an application, run its chain and read it."""
    with FileLock(str(ENVIRONMENTS / application.name) + ".lock"):
        python = installed(application)
    with tempfile.TemporaryDirectory(prefix="histories-") as name:
        folder = Path(name)
        truth, read = folder / "truth.json", folder / "read.json"
        _script(python, folder, "chains.py", application.name, folder / "database.sqlite", truth)
        how = [] if application.imported else ["not-imported"]
        _script(python, folder, "reading.py", application.distribution, truth, read, *how, paths=[ROOT])
        return Measured(application, json.loads(truth.read_text("utf-8")), json.loads(read.read_text("utf-8")))


def installed(application: Application) -> Path:
    """The Python of an application's environment; made once for all runs in this checkout."""
    folder = ENVIRONMENTS / application.name
    python, mark = folder / "bin" / "python", folder / ".complete"
    wanted = "\n".join([platform.python_version(), *application.requirements])
    if not mark.exists() or mark.read_text("utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, *application.requirements], env=environment(Path.home()), check=True)
        mark.write_text(wanted, "utf-8")
    return python


def _script(python: Path, folder: Path, script: str, *arguments: str | Path, paths: Sequence[Path] = ()) -> None:
    """One of the scripts beside this file, in the application's environment and with a home folder of its own."""
    done = subprocess.run(
        [python, HERE / script, *arguments],
        cwd=folder,
        env={**environment(folder), **({"PYTHONPATH": os.pathsep.join(map(str, paths))} if paths else {})},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"{script} {arguments[0]}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        )


def environment(home: Path) -> dict[str, str]:
    """Ours without what is meant for our own Python; what an application writes into its home folder goes to `home`."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    path = os.pathsep.join([str(Path(sys.executable).parent), mine.get("PATH", "")])
    return {**mine, "PATH": path, "HOME": str(home)}


# --- the report


def report(all_measured: Sequence[Measured]) -> str:
    commit = _git("log", "-1", "--format=%h")
    reader = _git("log", "-1", "--format=%h", "--", "alembic_guard/_history")
    head = [
        "# The reader of chains beside published applications",
        "",
        "Made by `make histories-all`; not edited by hand.",
        "Each application's own chain was run from an empty SQLite database to its heads.",
        "Then its revision files were read, and the tables compared.",
        "",
        f"{datetime.now(timezone.utc):%Y-%m-%d}, commit {commit} (the reader's last change: {reader}), "
        f"Python {platform.python_version()}, {platform.machine()}.",
        "",
        "- *tables*: what the chain left in the database, without Alembic's own and without those of *before*.",
        "- *guarded*: of the tables found, those under a condition that reading cannot decide.",
        "- *before*: tables that something else made before the chain began; in brackets those the reader calls touched.",
        "- *unread*: lines that may concern tables and cannot be read; they are listed below.",
        "- *read*, *parse*: seconds of the reader, and of `ast.parse` alone over the same files.",
        "",
        *_table(
            [
                "application",
                "version",
                "Alembic",
                "SQLAlchemy",
                "sqlglot",
                "revisions",
                "tables",
                "found",
                "precision",
                "recall",
                "guarded",
                "before",
                "unread",
                "read",
                "parse",
            ],
            [_row(each) for each in all_measured],
        ),
        "",
        "## Every difference",
        "",
    ]
    differences = [row for each in all_measured for row in _differences(each)]
    unread = [
        [each.application.name, place, message, each.application.unread.get(place, "")]
        for each in all_measured
        for place, message in each.read["unread"]
    ]
    return "\n".join(
        [
            *head,
            *(_table(["application", "kind", "tables", "why"], differences) if differences else ["None."]),
            "",
            "## Unread lines",
            "",
            *(_table(["application", "line", "message", "note"], unread) if unread else ["None."]),
            "",
        ]
    )


def _differences(measured: Measured) -> Iterator[list[str]]:
    """Tables that differ, together where they have one reason."""
    for (kind, why), group in groupby(sorted(measured.differences, key=_reason), _reason):
        tables = ", ".join(f"`{each.table}`" + (f" ({each.note})" if each.note else "") for each in group)
        yield [measured.application.name, kind, tables, why or "**not explained**"]


def _reason(difference: Difference) -> tuple[str, str]:
    return difference.kind, difference.why


def _row(measured: Measured) -> list[str]:
    read, before = measured.read, measured.truth["before"]
    touched = sum(table in read["touched"] for table in before)
    return [
        measured.application.name,
        *read["versions"],
        str(read["revisions"]),
        str(len(measured.real)),
        str(len(measured.real & measured.found)),
        f"{measured.precision:.2f}",
        f"{measured.recall:.2f}",
        str(measured.conditional),
        f"{len(before)} ({touched})" if before else "",
        str(len(read["unread"])),
        f"{read['read_seconds']:.2f}",
        f"{read['parse_seconds']:.2f}",
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def main(names: Sequence[str]) -> int:
    wanted = [each for each in APPLICATIONS if not names or each.name in names]
    all_measured = []
    for application in wanted:
        print(application.name, flush=True)
        all_measured.append(measure(application))
    text = report(all_measured)
    print(text)
    if not names:
        RESULTS.write_text(text, encoding="utf-8")
    complaints = [line for each in all_measured for line in each.complaints]
    print(*complaints, sep="\n", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
