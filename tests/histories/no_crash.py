"""`python -m tests.histories.no_crash [NAME ...]`: every revision of published applications is read without an exception.

Nothing is installed: the packages are downloaded and unpacked, and each folder of revisions in them is read, whatever
its database. The table is for the eye; the exit code is 1 when reading raised an exception.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import time
import traceback
import zipfile
from collections.abc import Sequence
from pathlib import Path

from alembic.script.revision import RevisionError

from alembic_guard._history import History, read_history
from tests.histories.applications import UNPACKED
from tests.histories.not_imported import NotImported

UNPACKED_RESULTS = Path(__file__).with_name("UNPACKED.md")
HEAD = (
    "# Published packages, only unpacked and read",
    "",
    "Made by `make histories-all`; not edited by hand.",
    "Every revision is read for SQLite, PostgreSQL, MariaDB and an unknown dialect without an exception.",
    "*created*, *guarded* and *touched* are SQLite's; *unread* lines are those of all four, most of them calls into",
    "packages that are not installed here; the seconds are of one reading.",
    "",
    "| package | folder | files | heads | created | guarded | touched | unread | seconds |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)
DIALECTS = ("sqlite", "postgresql", "mysql", None)


def unpacked(requirement: str, folder: Path) -> Path:
    """The files of a package, without those it depends on."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--dest", folder, requirement], check=True, stderr=subprocess.DEVNULL)
    (archive,) = folder.iterdir()
    root = folder / "files"
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(root)
        return root
    with tarfile.open(archive) as source:
        source.extractall(root, filter="data")
    (top,) = root.iterdir()
    return top


def chains(root: Path) -> dict[Path, list[Path]]:
    """Folders of revisions, by the environment they belong to."""
    found: dict[Path, list[Path]] = {}
    for folder in sorted({each.parent for each in root.rglob("*.py")}):
        texts = [each.read_text("utf-8", "replace") for each in folder.glob("*.py")]
        if any("\ndown_revision" in text and "\ndef upgrade(" in text for text in texts):
            above = [each for each in folder.parents if root in each.parents and (each / "env.py").exists()]
            found.setdefault(above[0] if above else folder, []).append(folder)
    return found


def read(environment: Path, versions: Sequence[Path]) -> tuple[list[str], list[History]]:
    """The heads, and what is read for each dialect."""
    script = NotImported(str(environment), version_locations=[str(each) for each in versions])
    try:
        heads = script.get_heads()
    except (RevisionError, KeyError):
        return [], []
    return heads, [read_history(script, heads, dialect=dialect) for dialect in DIALECTS]


def main(names: Sequence[str]) -> int:
    lines, failed = [], 0
    for requirement in (each for each in UNPACKED if not names or each.partition("==")[0] in names):
        with tempfile.TemporaryDirectory(prefix="histories-") as name:
            root = unpacked(requirement, Path(name))
            sys.path.insert(0, str(root))
            for environment, versions in chains(root).items():
                files, clock = sum(len(list(each.glob("*.py"))) for each in versions), time.perf_counter()
                cells = [requirement, str(environment.relative_to(root)), str(files)]
                try:
                    heads, histories = read(environment, versions)
                except Exception:  # noqa: BLE001 - what this looks for
                    traceback.print_exc()
                    failed += 1
                    cells.append("**an exception**")
                else:
                    cells += _counts(heads, histories, time.perf_counter() - clock)
                lines.append("| " + " | ".join(cells) + " |")
                print(lines[-1], flush=True)
            sys.path.remove(str(root))
    if not names:
        UNPACKED_RESULTS.write_text("\n".join([*HEAD, *lines, ""]), encoding="utf-8")
    print(f"{len(lines)} chains, {failed} with an exception")
    return 1 if failed else 0


def _counts(heads: Sequence[str], histories: Sequence[History], seconds: float) -> list[str]:
    if not heads:
        return ["not a chain of its own"]
    last = histories[0]
    unread = {
        f"{Path(each.place.path).name}:{each.place.line} {each.message}" for one in histories for each in one.unread
    }
    print(*sorted(unread), sep="\n", file=sys.stderr)
    guarded = sum(each.conditional for each in last.tables.values())
    counts = [len(heads), len(last.tables), guarded, len(last.touched), len(unread)]
    return [*map(str, counts), f"{seconds / len(histories):.2f}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
