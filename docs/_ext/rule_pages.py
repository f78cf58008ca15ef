"""One page for each code, written from the rule's record before Sphinx reads its sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic_guard._rules import all_rules
from alembic_guard._rules._rule import Rule

INDEX = """# Codes

A code is never given to another rule.
An error stops the command before a file is written or a revision runs.
A warning is logged, and written as a comment at the top of the migration.
An info is logged only.
The logger is `alembic.guard`.

`Guard(..., rules={{"AGR105": "error", "AGO103": "off"}})` changes the weight of a code that can be switched.

A finding that names a line of your models is silenced there, with a reason: `# guard: ignore[AGR105] the key moves in March`.
On a line of its own the comment speaks for the next line of code; without a reason it does nothing (AGS101).

| code | weight | what |
|---|---|---|
{rows}

```{{toctree}}
:hidden:

{pages}
```
"""

PAGE = """# {code}: {slug}

{title}.

Weight: {weight}.{switch}

{why}

Found:

```{language}
{bad}
```

Mended:

```{language}
{good}
```
"""


def write_pages(folder: Path) -> None:
    """Write the index and one page for each rule into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rules = list(all_rules())
    for rule in rules:
        _write(folder / f"{rule.code}.md", page(rule))
    rows = "\n".join(f"| [{rule.code}]({rule.code}.md) | {rule.severity.value} | {rule.title} |" for rule in rules)
    _write(folder / "index.md", INDEX.format(rows=rows, pages="\n".join(rule.code for rule in rules)))


def page(rule: Rule) -> str:
    """The page of one rule."""
    switch = f" `Guard(..., rules={{{rule.code!r}: ...}})` changes it; `'off'` turns it off." if rule.switchable else ""
    return PAGE.format(
        code=rule.code,
        slug=rule.slug,
        title=rule.title,
        weight=rule.severity.value,
        switch=switch,
        why=rule.why,
        bad=rule.bad,
        good=rule.good,
        language="python" if _is_python(rule.bad) and _is_python(rule.good) else "text",
    )


def _is_python(example: str) -> bool:
    try:
        compile(example, "<example>", "exec")
    except SyntaxError:  # a URL, a command, SQL
        return False
    return True


def _write(path: Path, text: str) -> None:
    # Unchanged pages keep their time, so that Sphinx does not read them again.
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", lambda app: write_pages(Path(app.srcdir) / "reference" / "codes"))
    return {"parallel_read_safe": True}
