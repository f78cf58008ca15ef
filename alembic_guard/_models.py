"""The models: imported from a string, and found again in their source files."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
import traceback
from collections.abc import Container, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from sysconfig import get_paths
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, MetaData, Table
from sqlalchemy import inspect as inspect_mapped

from alembic_guard._rules import age101_import_failed, age102_not_metadata
from alembic_guard._stop import stop

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapper


def load_metadata(given: object) -> MetaData:
    """The MetaData that an import string names, or the one that was given.

    Raises:
        GuardError: AGE101 when the import fails (the diagnostic shows the user's own line), AGE102 when what is
            found is not a MetaData.
    """
    spec = given if isinstance(given, str) else f"Guard({given!r})"
    found = _imported(given) if isinstance(given, str) else given
    if not isinstance(found, MetaData):
        stop(age102_not_metadata.not_metadata(spec, *_mistake(found)))
    return found


def _imported(spec: str) -> object:
    module_name, colon, path = spec.partition(":")
    if not colon or not path:
        stop(
            age101_import_failed.import_failed(
                spec, "no ':' in it", None, None, "Write 'package.module:Base.metadata'."
            )
        )
    try:
        found: object = import_module(module_name)
        for name in path.split("."):
            found = getattr(found, name)
    except Exception as error:  # noqa: BLE001 - the models are the user's code and may raise anything
        where, line = users_line(error)
        stop(
            age101_import_failed.import_failed(spec, _in_words(error), where, line, _import_hint(error, module_name)),
            cause=error,
        )
    return found


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _import_hint(error: Exception, module: str) -> str:
    text = str(error)
    top = module.partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and error.name in (module, top):
        return f"Is {top} importable here? In alembic.ini: prepend_sys_path = . (or the folder that holds {top})."
    if "circular import" in text or "partially initialized" in text:
        return "Two modules import each other: move what both need into a third, or import inside the function that needs it."
    if "is reserved when using the Declarative API" in text:
        return 'Keep the column under another attribute: metadata_ = mapped_column("metadata", ...)'
    if isinstance(error, AttributeError):
        return "Check the part after the colon: 'package.module:Base.metadata'."
    return f"Run it alone to see the whole traceback: python -c 'import {module}'"


def users_line(error: BaseException) -> tuple[str | None, int | None]:
    """The innermost line of the traceback that is neither ours nor an installed package's nor Python's."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
    return (frames[-1].filename, frames[-1].lineno) if frames else (None, None)


def _is_users(filename: str) -> bool:
    if filename.startswith("<"):
        return False
    path = Path(filename).resolve()
    installed = {Path(value).resolve() for key, value in get_paths().items() if key in ("stdlib", "purelib", "platlib")}
    return path.parent != Path(__file__).resolve().parent and not any(folder in path.parents for folder in installed)


def _mistake(found: object) -> tuple[str, str]:
    write = "Guard('app.models:Base.metadata')"
    if found is None:
        return "None, which turns autogenerate off", f"Name the models' metadata: {write}"
    kind = type(found).__name__
    if kind == "InstrumentedAttribute":
        return (
            f"an InstrumentedAttribute ({found}): a column named `metadata` hides the class's own",
            'Keep the column under another attribute: metadata_ = mapped_column("metadata", ...); and name Base.metadata.',
        )
    if isinstance(getattr(found, "metadata", None), MetaData):
        return f"a {kind} that has one", f"Write .metadata behind it: {write}"
    return f"a {kind}", f"Name the models' metadata: {write}"


def source_of(
    table: Table, column: str | None = None, classes: Iterable[type] | None = None
) -> tuple[str | None, int | None]:
    """File and line of the class that maps a table, or of one of its columns; ``(None, None)`` where none is found.

    Args:
        classes: Those that map it, where they are known already (``classes_by_table``).
    """
    for mapped in classes_of(table) if classes is None else classes:
        names = {attribute_of(each, mapped) for each in table.columns if each.name == column}
        for declaring in mapped.__mro__ if names else ():
            line = _line_of(declaring, names)
            if line is not None:
                return line
        return _place(mapped) or (None, None)
    return None, None


def mapped_class(table: Table) -> type | None:
    """The class that maps a table; None for a Table that stands alone."""
    return next(classes_of(table), None)


def attribute_of(column: Column[Any], mapped: type) -> str:
    """The name by which a mapped class has a column."""
    from sqlalchemy.orm.exc import UnmappedColumnError

    mapper: Mapper[Any] | None = inspect_mapped(mapped, raiseerr=False)
    try:
        return str(mapper.get_property_by_column(column).key) if mapper is not None else column.key
    except UnmappedColumnError:
        return column.key


def is_sqlmodel(mapped: type) -> bool:
    """Whether a class is one of SQLModel's, which annotates a column's type itself and takes columns in a Field."""
    return any(each.__module__.partition(".")[0] == "sqlmodel" for each in mapped.__mro__)


def classes_of(table: Table) -> Iterator[type]:
    """The classes that map a table, among what the imported modules hold."""
    yield from (value for value in _classes() if value.__dict__.get("__table__") is table)


def classes_by_table() -> dict[Table, list[type]]:
    """The same for every table at once."""
    found: dict[Table, list[type]] = {}
    for value in dict.fromkeys(_classes()):
        if isinstance(table := value.__dict__.get("__table__"), Table):
            found.setdefault(table, []).append(value)
    return found


def _classes() -> Iterator[type]:
    for module in list(sys.modules.values()):
        for value in list(vars(module).values()) if hasattr(module, "__dict__") else ():
            if isinstance(value, type):
                yield value


def _place(declaring: type) -> tuple[str, int] | None:
    try:
        path, (_, line) = inspect.getsourcefile(declaring), inspect.getsourcelines(declaring)
    except (OSError, TypeError):
        return None
    return (shown(path), line) if path else None


def _line_of(declaring: type, names: Container[str | None]) -> tuple[str, int] | None:
    """Where a class body assigns one of the names; a column of a mixin stands in the mixin."""
    place = _place(declaring) if declaring.__module__.partition(".")[0] not in ("builtins", "sqlalchemy") else None
    if place is None:
        return None
    body = ast.parse(textwrap.dedent(inspect.getsource(declaring))).body[0]
    for node in getattr(body, "body", ()):
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", ())
        if any(isinstance(target, ast.Name) and target.id in names for target in targets):
            return place[0], place[1] + int(node.lineno) - 1
    return None


def shown(path: str) -> str:
    """Relative to the working folder where it lies below it, for reports that people click on."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
