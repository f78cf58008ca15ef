"""The files that differ from a git ref: `lint --diff-base`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop


def changed_since(ref: str, folder: Path) -> frozenset[Path]:
    """Files that are new or another than where this branch left the ref: committed, staged, changed, not yet added.

    Raises:
        GuardError: AGE108 where git does not know the ref, or this is no checkout.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel").strip())
    _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", of=ref)
    base = _git(folder, "merge-base", ref, "HEAD", of=ref).strip()
    names = [
        *_names(_git(top, "diff", "--name-only", "--no-renames", "--diff-filter=d", "-z", base, "--", of=ref)),
        *_names(_git(top, "ls-files", "--others", "--exclude-standard", "-z")),
    ]
    # git tells the folder without symbolic links; files are compared by the path they were given with.
    real, given = top, _as_given(top, folder)
    return frozenset([*(real / name for name in names), *(given / name for name in names)])


def _as_given(top: Path, folder: Path) -> Path:
    """The checkout's folder, by the way that leads to it here."""
    there = folder.absolute()
    return next((each for each in (there, *there.parents) if each.resolve() == top.resolve()), top)


def _names(output: str) -> Iterator[str]:
    yield from (each for each in output.split("\0") if each)


def _git(folder: Path, *arguments: str, of: str = "") -> str:
    command: Sequence[str] = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    except OSError as error:
        stop(age108_bad_guard.bad_value("lint --diff-base", str(error), "git"), cause=error)
    if done.returncode:
        said = " ".join(done.stderr.split()) or "git does not know it"
        hint = f"git fetch origin {of.removeprefix('origin/')}  # in CI: a checkout with its history (fetch-depth: 0)"
        stop(
            age108_bad_guard.bad_value(
                "lint --diff-base", f"{of or folder} ({said})", "a commit that this one comes from", hint if of else ""
            )
        )
    return done.stdout
