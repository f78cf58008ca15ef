"""The review as Markdown: names of any characters are shown as they are, and are read as nothing else."""

from __future__ import annotations

import pytest

from alembic_guard._review.markdown import _block, _cell, _plain, _quoted
from alembic_guard._review.sections import Code


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("chats", "chats"),
        ("user_profiles", "`user_profiles`"),
        ("a|b", "a\\|b"),
        ("a_b|c", "`a_b\\|c`"),
        ("a\nb", "a b"),
        ("<b>", "`<b>`"),
        ("a`b", "<code>a&#96;b</code>"),
        ("a`<b>|c", "<code>a&#96;&lt;b&gt;&#124;c</code>"),
        ("a\\|b", "<code>a\\&#124;b</code>"),
    ],
)
def test_a_cell_stays_in_its_cell(text: str, cell: str) -> None:
    assert _cell(text) == cell


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("user_profiles is yours: Guard(ours=['a'])", "user_profiles is yours: Guard(ours=\\['a'\\])"),
        ("*a* _b_ <c>", "\\*a\\* \\_b\\_ \\<c>"),
        ("`a*b` and *c*", "`a*b` and \\*c\\*"),
        ("one ` *c*", "one \\` \\*c\\*"),
        ("[a](javascript:b)", "\\[a\\](javascript:b)"),
        ("a\n# b", "a # b"),
    ],
)
def test_a_line_is_read_as_it_stands(line: str, written: str) -> None:
    assert _plain(line) == written


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert list(_block(Code("text", "a\n`````\nb"))) == ["``````text", "a\n`````\nb", "``````", ""]


def test_a_label_of_the_diagram_is_one_text_on_one_line() -> None:
    assert _quoted('a"]\nb --> c`<i>`#') == "a#quot;] b --#gt; c#96;#lt;i#gt;#96;#35;"
