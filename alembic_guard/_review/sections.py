"""A review as titled sections of lines, tables and code, which each rendering then writes in its own way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alembic_guard._report import as_text as diagnostics_as_text
from alembic_guard._review.chain import created_by
from alembic_guard._review.values import Configure, Database, Environment, Owned, Reference, Review, Step, UrlSource


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
    """A title and what stands below it; with a diagram of who owns what in a database, where a rendering has one."""

    title: str
    blocks: tuple[Block, ...]
    diagram: Database | None = None


MANY = 30
"""Rows of a table, behind which the rest is counted; the JSON document has all."""


def sections(review: Review) -> Iterator[Section]:
    """The eight sections, in the order in which they are read; of several databases those that are about one for each."""
    yield Section("Configuration", tuple(_configuration(review)))
    yield Section("Environment", tuple(_environment(review)))
    for each in review.databases:
        of = f"{each.name}: " if each.name else ""
        yield Section(f"{of}History", tuple(_history(each)))
        yield Section(f"{of}Ownership", tuple(_ownership(each)), each)
        yield Section(f"{of}References across the border", tuple(_references(each)))
        yield Section(f"{of}What must exist first", tuple(_requirements(each)))
    yield Section("Findings", tuple(_findings(review)))
    yield Section("Next steps", tuple(_steps(review.steps)))


def _configuration(review: Review) -> Iterator[Block]:
    configuration = review.configuration
    urls = (
        f"Database{f' {each.name}' if each.name else ''}: {_url(each.url, review.environment)}."
        for each in review.databases
    )
    yield Lines((f"Files: {', '.join(configuration.files) or 'none'}.", *urls))
    yield _grid(("setting", "value", "from"), [(each.name, each.value, each.source) for each in configuration.settings])
    yield Lines((f"Versions: {', '.join(f'{name} {known}' for name, known in configuration.versions.items())}.",))


def _url(source: UrlSource, environment: Environment) -> str:
    place = f" ({source.place})" if source.place else ""
    match source.kind:
        case "variable":
            told = f"from the variable {source.said}{place}, {source.url or 'which is not set here, or is no URL'}"
        case "argument":
            told = f"from {source.said}=...{place}, {source.url or 'which is not given here, or is no URL'}"
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
                f"named nowhere ({environment.framework} gives it)"
                if environment.framework
                else f"the template's placeholder{place}"
                if place
                else "named nowhere"
            )
    return told


def _environment(review: Review) -> Iterator[Block]:
    environment = review.environment
    if environment.why_unread:
        yield Lines((f"{environment.path} was not read: {environment.why_unread}.",))
        return
    lines = [f"{environment.path}."]
    for each in review.databases:
        lines += _metadata(each)
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


def _metadata(database: Database) -> Iterator[str]:
    metadata, of = database.metadata, f" of {database.name}" if database.name else ""
    state = {
        "on": f"Autogenerate{of} is on",
        "off": f"Autogenerate{of} is off",
        "unknown": f"Whether autogenerate{of} is on is not known",
    }
    yield f"{state[metadata.state]}: {metadata.said}{_at(metadata.place)}."
    if metadata.spec:
        yield f"Models{of}: {metadata.spec}."


def _keywords(call: Configure) -> Iterator[tuple[str, str, str]]:
    for name, value in call.options.items():
        yield str(call.place), name, value
    if call.more:
        yield str(call.place), "**", "more, given when env.py runs"


def _at(place: object) -> str:
    return f" ({place})" if place else ""


def _history(database: Database) -> Iterator[Block]:
    chain, live = database.chain, database.live
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


def _ownership(database: Database) -> Iterator[Block]:
    counts = Counter(each.kind for each in database.tables)
    yield Lines((f"{', '.join(f'{count} {kind}' for kind, count in counts.items()) or 'No table is known'}.",))
    rows = [(str(each.name), _kind(each), _there(each.live), each.why) for each in database.tables]
    yield _grid(("table", "owner", "in the database", "why"), rows)
    for owner in database.owners:
        theirs = [each for each in database.tables if each.owner == owner.name and each.columns]
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


def _references(database: Database) -> Iterator[Block]:
    if not database.references:
        yield Lines(("No key of ours refers to a table that is not ours.",))
    yield _grid(
        ("key", "type", "refers to", "type there", "ON DELETE", "verdict", "where"), [*_rows(database.references)]
    )
    if database.own_keys:
        kept = ", ".join(f"{each.table}.{'+'.join(each.columns)} {'+'.join(each.types)}" for each in database.own_keys)
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


def _requirements(database: Database) -> Iterator[Block]:
    if not database.requirements:
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
            for each in database.requirements
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
