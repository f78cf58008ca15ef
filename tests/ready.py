"""Alembic's command line in a process of its own without the third of a second that its imports take: a process that
has imported Alembic, SQLAlchemy and the drivers, and nothing of ours, forks for each command.

What differs from a new interpreter: those imports are done, and all commands of a test process share its hash seed.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_BEFORE = (
    *("alembic.config", "sqlalchemy.orm", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.mysql"),
    *("psycopg", "pymysql", "filelock", "logging.config"),
)
_PROGRAMS = ("alembic", "alembic_guard")
_MOST = 1 << 20


class Ready:
    """The process that forks, as a test's process sees it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._settings = _of_the_interpreter(environment)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # It ends when our end of the socket is closed, so no later than we do.
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                pass_fds=[theirs.fileno()],
            )

    def takes(self, arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
        """Whether a command is one of ours or Alembic's, for an interpreter that starts as this one did."""
        command = arguments[:2] == [sys.executable, "-m"] and arguments[2] in _PROGRAMS
        return command and _of_the_interpreter(environment) == self._settings

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        request = json.dumps([arguments[2:], str(folder), dict(environment)]).encode()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            with theirs:
                socket.send_fds(self._control, [request], [theirs.fileno(), out.fileno(), err.fileno()])
            ours.settimeout(timeout)
            pid = int(ours.recv(20))
            try:
                code = int(ours.recv(20))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(arguments, timeout) from None
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(arguments, code, out.read(), err.read())


def _of_the_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    """What an interpreter reads when it starts."""
    return {key: value for key, value in environment.items() if key.startswith(("PYTHON", "LC_", "LANG"))}


def _serve(control: socket.socket) -> list[str]:
    """Fork for each request; in the process of a command, its arguments."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait
    while True:
        request, files, *_ = socket.recv_fds(control, _MOST, 3)
        if not request:
            os._exit(0)
        if os.fork() == 0:
            control.close()
            return _command(request, *files)
        for each in files:
            os.close(each)


def _command(request: bytes, answers: int, out: int, err: int) -> list[str]:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    command = os.fork()
    if command:
        os.write(answers, str(command).encode())
        code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
        os.write(answers, str(code).encode())
        os._exit(0)
    arguments: list[str]
    arguments, folder, environment = json.loads(request)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for each in (answers, out, err):
        os.close(each)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.path[0] = os.getcwd()
    return arguments


if __name__ == "__main__":
    for name in _BEFORE:
        __import__(name)
    program, *sys.argv[1:] = _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module(program, run_name="__main__", alter_sys=True)
