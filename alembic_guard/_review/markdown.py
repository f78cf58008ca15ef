"""A review as Markdown, for a pull request or a wiki; with a diagram of who owns what, which GitHub and GitLab draw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from alembic_guard._review.sections import Block, Code, Grid, Lines, sections, shortened
from alembic_guard._review.values import Database, Owned, Review


def as_markdown(review: Review) -> str:
    """Headings, tables, code blocks and a Mermaid diagram."""
    return "\n".join(_lines(review)).rstrip("\n")


def _lines(review: Review) -> Iterator[str]:
    yield from ("# Alembic setup review", "")
    for section in sections(review):
        yield from (f"## {section.title}", "")
        for block in section.blocks:
            yield from _block(block)
        if section.diagram is not None and section.diagram.tables:
            yield from ("```mermaid", *_diagram(section.diagram), "```", "")


def _block(block: Block) -> Iterator[str]:
    match block:
        case Lines():
            # Two spaces end a line; lists number themselves.
            yield from ("  \n".join(_plain(each) for each in block.lines), "")
        case Code():
            fence = "````" if "```" in block.text else "```"
            if block.name:
                yield from (f"`{block.name}`:", "")
            yield from (f"{fence}{block.language}", block.text, fence, "")
        case Grid():
            rows, more = shortened(block)
            if not rows:
                return
            yield f"| {' | '.join(block.head)} |"
            yield f"|{'---|' * len(block.head)}"
            for row in rows:
                yield f"| {' | '.join(_cell(each) for each in row)} |"
            yield ""
            if more:
                yield from (f"And {more} more; `--format json` has all.", "")


def _plain(line: str) -> str:
    """Escaped where Markdown would read emphasis or a tag; an underscore inside a word is none."""
    return line if "`" in line else re.sub(r"[<*]|(?<!\w)_|_(?!\w)", r"\\\g<0>", line)


def _cell(text: str) -> str:
    """In code where Markdown would read it as something else."""
    flat = " ".join(text.split()).replace("|", "\\|")
    return f"`{flat}`" if re.search(r"[_*<>%\[]", flat) and "`" not in flat else flat


_MOST = 40


def _diagram(database: Database) -> Iterator[str]:
    """One box for each owner, an arrow for each key across the border."""
    yield "flowchart LR"
    groups: dict[str, list[Owned]] = {}
    for each in database.tables:
        groups.setdefault(_owner(each), []).append(each)
    numbers = {each.name: f"t{number}" for number, each in enumerate(database.tables)}
    for number, (owner, tables) in enumerate(groups.items()):
        yield f'    subgraph g{number}["{_quoted(owner)}"]'
        for each in _shown(tables, database):
            yield f'        {numbers[each.name]}["{_quoted(str(each.name))}"]'
        left = len(tables) - len(_shown(tables, database))
        if left:
            yield f'        m{number}["and {left} more"]'
        yield "    end"
    for reference in database.references:
        if reference.table in numbers and reference.target in numbers:
            arrow = "-. refused .->" if reference.fits is False else "-->"
            label = "" if reference.fits is False else f'|"{_quoted(reference.column)}"|'
            yield f"    {numbers[reference.table]} {arrow}{label} {numbers[reference.target]}"


def _shown(tables: Sequence[Owned], database: Database) -> list[Owned]:
    ends = {name for each in database.references for name in (each.table, each.target)}
    return [each for number, each in enumerate(tables) if number < _MOST or each.name in ends]


def _owner(each: Owned) -> str:
    return {"ours": "ours", "external": each.owner, "touched": "altered, never created"}.get(each.kind, each.kind)


def _quoted(text: str) -> str:
    return text.replace('"', "#quot;")
