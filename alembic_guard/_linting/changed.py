"""The files that differ from a git ref: `lint --diff-base`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop


def changed_since(ref: str, folder: Path) -> frozenset[Path]:
    """Files that are new or another than where this branch left the ref: committed, staged, changed, not yet added.

    Their names without symbolic links on the way. A file that was only moved is the same file.

    Raises:
        GuardError: AGE108 where git does not know the ref, or this is no checkout.
    """
    top = checkout_of(folder)
    if not ref.strip("/ "):
        stop(age108_bad_guard.bad_value(_WHERE, ref, "the name of a commit or branch"))
    _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", of=ref)
    base = _git(folder, "merge-base", ref, "HEAD", of=ref).strip()
    names = [
        *_new_names(
            _git(top, "diff", "--name-status", "--find-renames=100%", "--diff-filter=d", "-z", base, "--", of=ref)
        ),
        *_names(_git(top, "ls-files", "--others", "--exclude-standard", "-z")),
    ]
    return frozenset(top / name for name in names)


def checkout_of(folder: Path) -> Path:
    """The checkout that a folder is in.

    Raises:
        GuardError: AGE108 where it is in none.
    """
    return Path(_git(folder, "rev-parse", "--show-toplevel").rstrip("\n")).resolve()


def _new_names(output: str) -> Iterator[str]:
    """Of ``status, name`` and, for what was moved, ``status, old name, new name``."""
    parts = iter(_names(output))
    for status in parts:
        name = next(parts)
        if status.startswith(("R", "C")):
            next(parts)
        else:
            yield name


def _names(output: str) -> Iterator[str]:
    yield from (each for each in output.split("\0") if each)


_WHERE = "lint --diff-base"


def _git(folder: Path, *arguments: str, of: str = "") -> str:
    done = _ran(folder, *arguments)
    if done.returncode:
        said = " ".join(os.fsdecode(done.stderr).split()) or _not_said(folder, arguments[0])
        hint = f"git fetch {_fetched(of, folder)}  # in CI: a checkout with its history (fetch-depth: 0)"
        expected = "a commit that this one comes from" if of else "a folder of a checkout"
        stop(age108_bad_guard.bad_value(_WHERE, f"{of or folder} ({said})", expected, hint if of else ""))
    return os.fsdecode(done.stdout)


def _ran(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command: Sequence[str] = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        stop(age108_bad_guard.bad_value(_WHERE, str(error), "git"), cause=error)


def _not_said(folder: Path, command: str) -> str:
    """Why git failed without a word."""
    if command == "merge-base":
        shallow = _ran(folder, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
        return "no commit that both come from" + (": the clone is shallow" if shallow else "")
    return "git does not know it"


def _fetched(ref: str, folder: Path) -> str:
    """The remote and the branch that a name of one here means."""
    name = ref.removeprefix("refs/remotes/").removeprefix("remotes/")
    remotes = os.fsdecode(_ran(folder, "remote").stdout).split()
    remote = next((each for each in remotes if name.startswith(f"{each}/")), "origin")
    return f"{remote} {name.removeprefix(f'{remote}/')}"
