"""What to do next, in order, as commands and code to paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic_guard._review.new_env import NewEnv
from alembic_guard._review.values import (
    Chain,
    Configuration,
    Environment,
    Live,
    Owned,
    Owner,
    Reference,
    Requirement,
    Sources,
    Step,
)

BASE = """from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        }
    )
"""


def models_spec(environment: Environment, sources: Sources) -> tuple[str | None, bool]:
    """The import string for the Guard, and whether the module is yet to be written."""
    if environment.metadata.spec:
        return environment.metadata.spec, False
    if environment.metadata.state != "off":
        return None, False
    modules = {each.module for each in sources.models}
    for base in sources.bases:
        module, _, path = base.partition(":")
        together = f"{module.rpartition('.')[0]}.models".lstrip(".")
        if module in modules or together not in modules:
            return base, False
        return f"{together}:{path}", False
    return ("app.models:Base.metadata", True) if not sources.models else (None, False)


def next_steps(
    configuration: Configuration,
    environment: Environment,
    chain: Chain,
    live: Live,
    owners: Sequence[Owner],
    tables: Sequence[Owned],
    references: Sequence[Reference],
    requirements: Sequence[Requirement],
    sources: Sources,
    env: NewEnv | None,
    env_path: str,
) -> Iterator[Step]:
    """The plan."""
    yield from _owners_first(owners, requirements, tables)
    yield from _types(references)
    if len(chain.heads) > 1 and not chain.apart:
        yield Step(
            "Give the chain one head", "Unless the branches are meant to be apart.", ("alembic merge heads -m merge",)
        )
    if chain.heads and (live.identity is None or live.pending or set(live.current) != set(chain.heads)):
        yield Step(
            "Bring the database to the head",
            _behind(live),
            ("alembic upgrade heads" if chain.apart else "alembic upgrade head",),
        )
    spec, is_new = models_spec(environment, sources)
    if env is not None:
        if is_new and spec:
            module = spec.partition(":")[0]
            yield Step(
                "Give the models a place",
                "There is no model yet. A naming convention lets every key and index be dropped by its name.",
                file=f"{module.replace('.', '/')}.py",
                code=BASE,
            )
        yield Step("Turn autogenerate on", _why_env(env, environment, owners), file=env_path, code=env.text)
        unmodelled = [each for each in tables if each.kind == "ours" and " declares it" not in each.why]
        declared = {each.table for each in sources.models}
        missing = sorted(str(each.name) for each in unmodelled if each.name not in declared)
        if missing and environment.metadata.state == "off":
            yield from _adopt(missing, spec, is_new)
    yield Step("See that models and database agree", "Before the next change, and in CI.", ("alembic check",))


def _owners_first(
    owners: Sequence[Owner], requirements: Sequence[Requirement], tables: Sequence[Owned]
) -> Iterator[Step]:
    for each in owners:
        theirs = [table for table in tables if table.owner == each.name]
        if any(table.live for table in theirs) and not any(need.live is False for need in requirements):
            continue
        needed = ", ".join(str(need.table) for need in requirements if need.owner == each.name)
        why = (
            f"Our keys refer to {needed}, which only its migrator makes."
            if needed
            else "Only its migrator makes its tables."
        )
        yield Step(f"Let {each.name} migrate first", why, (each.migrate,) if each.migrate else ())


def _types(references: Sequence[Reference]) -> Iterator[Step]:
    for each in references:
        if each.fits is False and each.where != "the database":
            target = each.refers_to
            yield Step(
                f"Give {each.table}.{each.column} the type of {target}",
                f"{each.place}: it is {each.type}, {target} is {each.target_type}; {each.verdict}. "
                "Only the key: primary keys of ours stay as they are.",
                code=f'sa.Column("{each.column}", {_sa_type(each.target_type)}, ...)\n',
            )


def _sa_type(written: str) -> str:
    return {"TEXT": "sa.Text()", "UUID": "sa.Uuid()", "INTEGER": "sa.Integer()"}.get(
        written.upper(),
        f"sa.String({written.partition('(')[2].rstrip(')')})" if "CHAR(" in written.upper() else written,
    )


def _behind(live: Live) -> str:
    if live.identity is None:
        return "The database was not asked at which revision it is."
    return f"It is at {', '.join(live.current) or 'no revision'}; to run: {', '.join(live.pending) or 'nothing'}."


def _why_env(env: NewEnv, environment: Environment, owners: Sequence[Owner]) -> str:
    whole = "Three lines do all that the old file did." if environment.simple else "The old file, with a Guard."
    theirs = f" Tables of {', '.join(each.name for each in owners)} are left alone." if owners else ""
    hidden = ' "***" stands for a text of yours that may be a secret: keep what is there.' if env.hides else ""
    return f"{whole}{theirs} Tables that nobody declared are left alone too.{hidden}"


def _adopt(missing: Sequence[str], spec: str | None, is_new: bool) -> Iterator[Step]:
    module = (spec or "").partition(":")[0]
    package = module.rpartition(".")[0]
    adopted = f"{package}.adopted" if package else "adopted"
    yield Step(
        "Have the models written for what the revisions made",
        f"No model declares {', '.join(missing)}: without one each would be a drop, which the guard asks about (AGO104).",
        (
            "pip install 'alembic-guard-hooks[adopt]'",
            f"python -m alembic_guard adopt --output {adopted.replace('.', '/')}.py",
            f"echo 'import {adopted}  # noqa: E402, F401' >> {module.replace('.', '/')}.py",
        ),
    )
