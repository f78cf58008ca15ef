"""Source text that may be shown: an expression without its texts, a file without its secrets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from io import StringIO
from tokenize import COMMENT, generate_tokens

SECRET_NAME = re.compile(r"pass|pwd|secret|token|credential|\bkey\b|_key\b|odbc_connect", re.IGNORECASE)
_TOKENS = ("upgrade_token", "downgrade_token")
"""Keywords of ``context.configure()`` that name functions of a revision (Alembic's layout ``multidb``)."""
_URL = re.compile(r"(?<!http)(?<!https)://|://[^/\s]*@")
"""A database's; a link to a page is one only where it names a user."""


def said(node: ast.expr | None) -> str:
    """An expression as a person reads it, every text in it but names of variables and keywords replaced by ``'...'``."""
    if node is None:
        return ""
    text = ast.unparse(ast.fix_missing_locations(_Shortened().visit(ast.parse(ast.unparse(node), mode="eval").body)))
    return text if len(text) <= _LONG else f"{text[:_LONG]} ..."


_LONG = 120


class _Shortened(ast.NodeTransformer):
    """Names of environment variables stay: they are what a reader looks for."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("...") if isinstance(node.value, (str, bytes)) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return ast.Constant("...")

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if _is_environ(node.value):
            return node
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if variable_of(node) is not None:
            return ast.Call(node.func, [node.args[0], *(self.visit(each) for each in node.args[1:])], [])
        return self.generic_visit(node)


def variable_of(node: ast.expr) -> str | None:
    """The environment variable that an expression reads: ``os.environ["X"]``, ``os.environ.get("X")``, ``os.getenv("X")``."""
    if isinstance(node, ast.Subscript) and _is_environ(node.value):
        return _text(node.slice)
    if isinstance(node, ast.Call) and node.args:
        name = ast.unparse(node.func)
        if name.rpartition(".")[2] == "getenv" or name.endswith("environ.get"):
            return _text(node.args[0])
    return None


def _is_environ(node: ast.expr) -> bool:
    return ast.unparse(node).rpartition(".")[2] == "environ"


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def without_secrets(source: str) -> tuple[str, bool]:
    """A file's text with every text that may hold a secret replaced by ``"***"``, and whether there was one.

    A text counts that looks like a database's URL, or that is given to a name like password, secret or token. Comments are looked at
    by such words too.
    """
    spans = sorted({*map(_span, _secrets(ast.parse(source))), *_comments(source)}, reverse=True)
    lines = StringIO(source).readlines()  # as Python counts them, which splitlines() does not
    for first, start, last, end in spans:
        head, tail = lines[first - 1].encode()[:start].decode(), lines[last - 1].encode()[end:].decode()
        comment = lines[first - 1].encode()[start : start + 1] == b"#"
        lines[first - 1 : last] = [f"{head}# ***{tail}" if comment else f'{head}"***"{tail}']
    return "".join(lines), bool(spans)


_COMMENT = re.compile(rf"{_URL.pattern}|pass(?:word|wd)|secret|token", re.IGNORECASE)


def _comments(source: str) -> Iterator[tuple[int, int, int, int]]:
    for token in generate_tokens(StringIO(source).readline):
        if token.type == COMMENT and _COMMENT.search(token.string):
            (first, start), (last, end) = token.start, token.end
            head = token.line[:start].encode()
            yield first, len(head), last, len(head) + len(token.line[start:end].encode())


def _span(node: ast.expr) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0


def _secrets(tree: ast.AST) -> list[ast.expr]:
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        match node:
            case ast.Constant() | ast.JoinedStr() if _URL.search(_whole(node)):
                found.append(node)
            case ast.keyword(arg=str(name)) if SECRET_NAME.search(name) and name not in _TOKENS:
                found += _texts(node.value)
            case ast.Dict():
                for key, value in zip(node.keys, node.values, strict=True):
                    if key is not None and SECRET_NAME.search(_whole(key)):
                        found += _texts(value)
            case ast.Assign() if any(SECRET_NAME.search(ast.unparse(each)) for each in node.targets):
                found += _texts(node.value)
            case ast.Call() if ast.unparse(node.func).endswith(("URL.create", "URL")):
                found += [each for argument in node.args for each in _texts(argument)]
    inner = {
        id(part) for each in found if isinstance(each, ast.JoinedStr) for part in ast.walk(each) if part is not each
    }
    return [each for each in found if id(each) not in inner]


def _texts(node: ast.expr) -> list[ast.expr]:
    every = [each for each in ast.walk(node) if isinstance(each, (ast.Constant, ast.JoinedStr))]
    variables = {
        id(part)
        for each in ast.walk(node)
        if isinstance(each, (ast.Call, ast.Subscript)) and variable_of(each) is not None
        for part in ast.walk(each)
    }
    return [
        each
        for each in every
        if id(each) not in variables and (isinstance(each, ast.JoinedStr) or isinstance(each.value, (str, bytes)))
    ]


def _whole(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_whole(each) for each in node.values)
    value = getattr(node, "value", "")
    return value if isinstance(value, str) else value.decode("latin-1") if isinstance(value, bytes) else ""
