"""The tools' own environment, `.venv-neighbours`: a Python with the packages of requirements.txt, and npm's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

from tests.kit import ROOT, Database, Ran

HERE = Path(__file__).parent
FOLDER = ROOT / ".venv-neighbours"
PYTHON = FOLDER / "bin" / "python"
MODULES = FOLDER / "node_modules"


def install() -> None:
    """Make the environment where there is none, or another one is wanted; once for all runs in this checkout."""
    wanted = "".join((HERE / name).read_text("utf-8") for name in ("requirements.txt", "package.json"))
    mark = FOLDER / ".complete"
    with FileLock(f"{FOLDER}.lock"):
        if mark.exists() and mark.read_text("utf-8") == wanted:
            return
        shutil.rmtree(FOLDER, ignore_errors=True)
        _checked(sys.executable, "-m", "venv", FOLDER)
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        _checked(*pip, "-r", HERE / "requirements.txt")
        shutil.copy(HERE / "package.json", FOLDER)
        _checked("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", cwd=FOLDER)
        mark.write_text(wanted, "utf-8")


def work_folder(folder: Path) -> Path:
    """A folder in which the tools' scripts run and npm's packages are found."""
    for scripts in ("tools", "together"):
        shutil.copytree(HERE / scripts, folder, dirs_exist_ok=True)
    (folder / "node_modules").symlink_to(MODULES)
    return folder


def tool(script: str, folder: Path, database: Database, *arguments: str, **environment: str) -> Ran:
    """Run one of the scripts of a work folder, in Python or Node.js, against a database."""
    # Isolated, for in its folder a script has the name of the package that it imports.
    interpreter = ["node"] if script.endswith(".mjs") else [str(PYTHON), "-I"]
    done = subprocess.run(
        [*interpreter, script, *arguments],
        cwd=folder,
        env={**_told(database), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def _told(database: Database) -> Mapping[str, str]:
    """The URL as each tool wants it; nothing that is meant for our own Python."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    path = os.pathsep.join([str(PYTHON.parent), mine.get("PATH", "")])
    url = database.url
    told = {**mine, "PATH": path, "DIALECT": database.dialect, "SQLALCHEMY_URL": database.text, "NO_COLOR": "1"}
    if database.dialect == "sqlite":
        return {**told, "FILE": str(url.database)}
    return {
        **told,
        "URL": database.text.replace("+psycopg", ""),
        "PGHOST": str(url.query.get("host") or url.host),
        "PGPORT": str(url.port or 5432),
        "PGUSER": str(url.username),
        "PGPASSWORD": url.password or "",
        "PGDATABASE": str(url.database),
    }


def _checked(*arguments: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, arguments))}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
