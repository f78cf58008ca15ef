"""Other projects' names that our pages refer to: small inventories, so that the documentation is built without a network.

``docs/inventories/*.inv`` hold the names below and nothing else. They are made again from the projects' whole inventories,
which their documentation publishes as ``objects.inv`` and Debian has in packages (``python3-doc``,
``python-sqlalchemy-doc``, ``alembic``):

.. code-block:: shell

    python docs/_ext/inventories.py python=FILE sqlalchemy=FILE alembic=FILE

Autodoc writes a class by the module that defines it, or as an annotation has it; a project publishes it by the module that
it is imported from. Both names lead to the same place.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "inventories"

URLS = {
    "python": "https://docs.python.org/3/",
    "sqlalchemy": "https://docs.sqlalchemy.org/en/20/",
    "alembic": "https://alembic.sqlalchemy.org/en/latest/",
}

NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "python": {
        "collections.abc.Callable": (),
        "collections.abc.Collection": (),
        "collections.abc.Iterable": (),
        "collections.abc.Mapping": (),
        "collections.abc.Sequence": (),
        "os.PathLike": (),
        "pathlib.Path": ("Path",),
    },
    "sqlalchemy": {
        "sqlalchemy.engine.Connection": ("sqlalchemy.engine.base.Connection",),
        "sqlalchemy.engine.Engine": ("Engine",),
        "sqlalchemy.engine.URL": ("sqlalchemy.engine.url.URL",),
        "sqlalchemy.ext.asyncio.AsyncEngine": ("AsyncEngine",),
        "sqlalchemy.schema.Column": ("Column",),
        "sqlalchemy.schema.MetaData": ("sqlalchemy.sql.schema.MetaData", "MetaData"),
        "sqlalchemy.schema.Table": ("sqlalchemy.sql.schema.Table", "Table"),
    },
    "alembic": {"alembic.config.Config": ("Config",)},
}
"""For each project the classes as it publishes them, and what else ours are written as."""


def mapping() -> dict[str, tuple[str, str]]:
    """``intersphinx_mapping`` of conf.py."""
    return {project: (url, str(FOLDER / f"{project}.inv")) for project, url in URLS.items()}


def entries(path: Path) -> Iterator[tuple[str, str]]:
    """The classes of an inventory (version 2 of its format) and where each is."""
    with path.open("rb") as file:
        head = [file.readline() for _ in range(4)]
        if head[0].rstrip() != b"# Sphinx inventory version 2":
            raise ValueError(f"{path} is no inventory of version 2")
        lines = zlib.decompress(file.read()).decode().splitlines()
    for line in lines:
        name, kind, _, place, _ = line.split(" ", 4)
        if kind == "py:class":
            yield name, place.replace("$", name)


def smaller(project: str, whole: Path) -> bytes:
    """The inventory of a project with the names above alone."""
    known = dict(entries(whole))
    lines = [
        f"{name} py:class 1 {known[published]} -"
        for published, others in NAMES[project].items()
        for name in (published, *others)
    ]
    head = f"# Sphinx inventory version 2\n# Project: {project}\n# Version: \n# The rest is compressed using zlib.\n"
    return head.encode() + zlib.compress("".join(f"{line}\n" for line in lines).encode(), 9)


if __name__ == "__main__":
    for given in sys.argv[1:]:
        project, _, file = given.partition("=")
        (FOLDER / f"{project}.inv").write_bytes(smaller(project, Path(file)))
