"""A review as titled sections of lines, tables and code, which each rendering then writes in its own way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alembic_guard._report import as_text as diagnostics_as_text
from alembic_guard._review.chain import created_by
from alembic_guard._review.values import Configure, Environment, Owned, Reference, Review, Step


@dataclass(frozen=True, slots=True)
class Lines:
    """Sentences, one a line."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Text to paste or to read as it is: ``shell``, ``python``, ``text``, ``mermaid``; ``name`` is the file it is."""

    language: str
    text: str
    name: str = ""


Block = Lines | Grid | Code


@dataclass(frozen=True, slots=True)
class Section:
    """A title and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


MANY = 30
"""Rows of a table, behind which the rest is counted; the JSON document has all."""


def sections(review: Review) -> Iterator[Section]:
    """The eight sections, in the order in which they are read."""
    yield Section("Configuration", tuple(_configuration(review)))
    yield Section("Environment", tuple(_environment(review.environment)))
    yield Section("History", tuple(_history(review)))
    yield Section("Ownership", tuple(_ownership(review)))
    yield Section("References across the border", tuple(_references(review)))
    yield Section("What must exist first", tuple(_requirements(review)))
    yield Section("Findings", tuple(_findings(review)))
    yield Section("Next steps", tuple(_steps(review.steps)))


def _configuration(review: Review) -> Iterator[Block]:
    configuration = review.configuration
    yield Lines((f"Files: {', '.join(configuration.files) or 'none'}.", f"Database: {_url(review)}."))
    yield _grid(("setting", "value", "from"), [(each.name, each.value, each.source) for each in configuration.settings])
    yield Lines((f"Versions: {', '.join(f'{name} {known}' for name, known in configuration.versions.items())}.",))


def _url(review: Review) -> str:
    source = review.configuration.url
    place = f" ({source.place})" if source.place else ""
    match source.kind:
        case "variable":
            told = f"from the variable {source.said}{place}, {source.url or 'which is not set here, or is no URL'}"
        case "ini":
            told = f"{source.url or 'no database URL'}{place}"
        case "literal":
            told = f"{source.url or 'a text'}, written in env.py{place}"
        case "several":
            told = f"several, each with a section of its own: {source.said or 'not named'}"
        case "computed":
            told = f"computed when env.py runs: {source.said}{place}"
        case _:
            told = (
                f"named nowhere{f' ({review.environment.framework} gives it)' if review.environment.framework else ''}"
            )
    return told


def _environment(environment: Environment) -> Iterator[Block]:
    if environment.why_unread:
        yield Lines((f"{environment.path} was not read: {environment.why_unread}.",))
        return
    metadata = environment.metadata
    state = {
        "on": "Autogenerate is on",
        "off": "Autogenerate is off",
        "unknown": "Whether autogenerate is on is not known",
    }
    lines = [f"{environment.path}.", f"{state[metadata.state]}: {metadata.said}{_at(metadata.place)}."]
    if metadata.spec:
        lines.append(f"Models: {metadata.spec}.")
    if environment.guarded:
        lines.append(f"A Guard holds it{_at(environment.guarded)}.")
    if environment.framework:
        lines.append(f"It is {environment.framework}'s: the application gives metadata and URL.")
    lines.append(
        f"Engine: asynchronous{_at(environment.asynchronous)}." if environment.asynchronous else "Engine: synchronous."
    )
    logging = {
        "silences": "Logging: fileConfig() silences the application's loggers",
        "keeps": "Logging: the application's loggers stay alive",
        "none": "Logging: env.py leaves it alone",
    }
    lines.append(f"{logging[environment.logging]}{_at(environment.logging_place)}.")
    conventions = ", ".join(map(str, environment.conventions))
    lines.append(
        f"Naming convention: {conventions or 'none: keys and indexes get names only where somebody writes one'}."
    )
    yield Lines(tuple(lines))
    rows = [row for call in environment.configures for row in _keywords(call)]
    yield _grid(("context.configure()", "keyword", "value"), rows)


def _keywords(call: Configure) -> Iterator[tuple[str, str, str]]:
    for name, value in call.options.items():
        yield str(call.place), name, value
    if call.more:
        yield str(call.place), "**", "more, given when env.py runs"


def _at(place: object) -> str:
    return f" ({place})" if place else ""


def _history(review: Review) -> Iterator[Block]:
    chain, live = review.chain, review.live
    if chain.broken:
        yield Lines((f"The chain is broken: {chain.broken}.",))
        return
    origins = Counter(each.origin for each in chain.revisions)
    made = ", ".join(f"{count} {name}" for name, count in sorted(origins.items()))
    without = sum(each.downgrade in ("missing", "empty") and each.origin != "empty" for each in chain.revisions)
    lines = [
        f"{_count(len(chain.revisions), 'revision')}{f': {made}' if made else ''}; {without} without a downgrade.",
        f"Head: {', '.join(chain.heads) or 'none'}{', branches with labels of their own' if chain.apart else ''}.",
    ]
    if live.identity is not None:
        lines.append(f"The database {live.identity.url} is at {', '.join(live.current) or 'no revision'}.")
        lines.append(f"Yet to run: {', '.join(live.pending) or 'nothing'}.")
    else:
        lines.append(f"Which revision the database is at is not known: {live.why_not}.")
    yield Lines(tuple(lines))
    yield _grid(
        ("revision", "message", "file", "written", "downgrade"),
        [(each.id, each.message, each.place.path, each.origin, each.downgrade) for each in chain.revisions],
    )
    history = chain.history
    tables = sorted({*history.tables, *history.touched})
    yield _grid(("table", "how"), [(str(name), created_by(history, name)) for name in tables])


def _ownership(review: Review) -> Iterator[Block]:
    counts = Counter(each.kind for each in review.tables)
    yield Lines((f"{', '.join(f'{count} {kind}' for kind, count in counts.items()) or 'No table is known'}.",))
    rows = [(str(each.name), _kind(each), _there(each.live), each.why) for each in review.tables]
    yield _grid(("table", "owner", "in the database", "why"), rows)
    for owner in review.owners:
        theirs = [each for each in review.tables if each.owner == owner.name and each.columns]
        columns = [
            (str(each.name), ", ".join(f"{c.name} {c.type}{'' if c.nullable else ' NOT NULL'}" for c in each.columns))
            for each in theirs
        ]
        if owner.answers:
            yield Lines((f"What to know of {owner.name}:", *owner.answers))
        yield _grid((f"{owner.name}'s table", "columns"), columns)


def _kind(each: Owned) -> str:
    return {"external": each.owner, "ours": "us", "touched": "not known: altered, never created"}.get(
        each.kind, each.kind
    )


def _there(live: bool | None) -> str:
    return "not asked" if live is None else "yes" if live else "no"


def _references(review: Review) -> Iterator[Block]:
    if not review.references:
        yield Lines(("No key of ours refers to a table that is not ours.",))
    yield _grid(
        ("key", "type", "refers to", "type there", "ON DELETE", "verdict", "where"), [*_rows(review.references)]
    )
    if review.own_keys:
        kept = ", ".join(f"{each.table}.{'+'.join(each.columns)} {'+'.join(each.types)}" for each in review.own_keys)
        yield Lines((f"Only a key takes the owner's type. Our own primary keys stay: {kept}.",))


def _rows(references: Sequence[Reference]) -> Iterator[tuple[str, ...]]:
    for each in references:
        where = str(each.place) if each.place else each.where
        key = f"{each.table}.{each.column}"
        yield (
            key,
            each.type or "the other's",
            each.refers_to,
            each.target_type or "?",
            each.on_delete or "none",
            each.verdict,
            where,
        )


def _requirements(review: Review) -> Iterator[Block]:
    if not review.requirements:
        yield Lines(("Nothing: no migration of ours depends on a table of another owner.",))
    yield _grid(
        ("table", "columns", "owner", "made by", "in the database"),
        [
            (
                str(each.table),
                ", ".join(each.columns),
                each.owner or "not known",
                each.migrate or "?",
                _there(each.live),
            )
            for each in review.requirements
        ],
    )


def _findings(review: Review) -> Iterator[Block]:
    if not review.findings:
        yield Lines(("None.",))
        return
    yield Code("text", diagnostics_as_text(review.findings))


def _steps(steps: Sequence[Step]) -> Iterator[Block]:
    for number, step in enumerate(steps, 1):
        yield Lines((f"{number}. {step.title}. {step.why}".rstrip(),))
        if step.commands:
            yield Code("shell", "\n".join(step.commands))
        if step.code:
            yield Code("python", step.code.rstrip("\n"), step.file)


def _grid(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Grid:
    return Grid(head, tuple(rows))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def shortened(grid: Grid) -> tuple[tuple[tuple[str, ...], ...], int]:
    """The rows that are shown, and how many are left out."""
    return grid.rows[:MANY], max(0, len(grid.rows) - MANY)
