"""Which models belong to which database, by the metadata that they are in; and the import string for its Guard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from alembic_guard._review.values import Chain, Database, Metadata, ModelSource, Sources


@dataclass(frozen=True, slots=True)
class Spec:
    """The models of a database: an import string, and whether the module is yet to be written.

    Args:
        others: Modules with further models of the same metadata, which that module has to import.
    """

    text: str
    is_new: bool = False
    others: tuple[str, ...] = ()


def of_metadata(sources: Sources, metadata: Metadata, chain: Chain) -> Sources:
    """With the models of one of several databases: those of its metadata; where that is off or not known, those whose
    tables its revisions make."""
    base = sources.aliases.get(metadata.spec or "", metadata.spec or "")
    mine = [each for each in sources.models if each.base and each.base == base]
    made = {*chain.history.tables, *chain.history.touched}
    return replace(sources, models=tuple(mine or [each for each in sources.models if each.table in made]))


def models_of(databases: Sequence[Database], sources: Sources) -> Mapping[str | None, Spec | None]:
    """For each database by name; None where nothing says which models are its own."""
    return {each.name: _spec(each, sources, alone=len(databases) == 1) for each in databases}


def _spec(database: Database, sources: Sources, *, alone: bool) -> Spec | None:
    if database.metadata.spec:
        return Spec(database.metadata.spec)
    if database.metadata.state != "off":
        return None
    if not sources.models and not (alone and sources.bases):
        return Spec(f"{_new_module(database.name or 'models')}:Base.metadata", is_new=True)
    bases = list(sources.bases) if alone else sorted(set(_bases_of(database, sources.models)))
    return _with_the_models(bases[0], sources) if bases and (alone or len(bases) == 1) else None


def _new_module(name: str) -> str:
    """A module below the working folder whose file is not there: the step that writes it overwrites nothing."""
    package = "" if Path("app.py").exists() else "app."
    modules = (f"{package}{name}{f'_{number}' if number > 1 else ''}" for number in count(1))
    return next(each for each in modules if not _is_there(each.replace(".", "/")))


def _is_there(path: str) -> bool:
    return Path(path).exists() or Path(f"{path}.py").exists()


def _bases_of(database: Database, models: Sequence[ModelSource]) -> Iterator[str]:
    made = {*database.chain.history.tables, *database.chain.history.touched}
    yield from (each.base for each in models if each.base and each.table in made)


def _with_the_models(base: str, sources: Sources) -> Spec:
    """The base as the module calls it that has most of its models: the one that defines it may import none."""
    home = base.partition(":")[0]
    count = Counter(each.module for each in sources.models if each.base in ("", base))
    known = {home: base, **{alias.partition(":")[0]: alias for alias, of in sources.aliases.items() if of == base}}
    module = max(known, key=lambda name: (count[name], name == home))
    return Spec(known[module], others=tuple(sorted(set(count) - {module, home})))
