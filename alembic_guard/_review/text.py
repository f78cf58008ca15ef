"""A review for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

from alembic_guard._review.sections import Block, Code, Grid, Lines, sections, shortened
from alembic_guard._review.values import Review


def as_text(review: Review) -> str:
    """Plain text; each section under its title."""
    return "\n".join(_lines(review)).strip("\n")


def _lines(review: Review) -> Iterator[str]:
    for section in sections(review):
        yield from ("", section.title, "=" * len(section.title))
        for block in section.blocks:
            yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Lines():
            yield from block.lines
        case Code():
            if block.name:
                yield f"    {block.name}"
            yield indent(block.text, "    " if block.language != "text" else "")
        case Grid():
            rows, more = shortened(block)
            if not rows:
                return
            # The last column is as long as it is.
            widths = [min(_WIDEST, max(len(row[n]) for row in (block.head, *rows))) for n in range(len(block.head) - 1)]
            for row in (block.head, *(tuple(" ".join(cell.split()) for cell in row) for row in rows)):
                cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
                yield ("  " + "  ".join([*cells, row[-1]])).rstrip()
            if more:
                yield f"  and {more} more (--format json has all)"


_WIDEST = 60
