"""Signatures as the code has them: `Float[Array, "M *batch d"]`, `parts: Collection[str] = PARTS`.

Evaluated, the shape would be a class with a long name, and a default the contents of a constant.
"""

import ast
import dataclasses
import inspect
import sys
import textwrap
from collections.abc import Iterator
from types import FunctionType

from sphinx.application import Sphinx

from course.site import inventory


def as_written(
    app: Sphinx, what: str, name: str, obj: object, options, signature: str, returns: str
) -> tuple[str, str | None] | None:
    """For autodoc: parameters and return annotation as text; None leaves its own."""
    if inspect.isclass(obj):
        if dataclasses.is_dataclass(obj):
            return f"({', '.join(_fields(obj))})", None
        obj = obj.__init__
    function = inspect.unwrap(getattr(obj, "__func__", obj))
    if not isinstance(function, FunctionType) or function.__code__.co_filename[0] == "<":
        return None
    written = _parsed(function)
    first = [*written.args.posonlyargs, *written.args.args][:1]
    if first and first[0].arg in ("self", "cls"):
        written.args.args.remove(first[0])
    for parameter in ast.walk(written.args):
        if isinstance(parameter, ast.arg) and parameter.annotation:
            parameter.annotation = _linked(parameter.annotation, function.__module__)
    if what == "class" or not written.returns:
        return f"({ast.unparse(written.args)})", None
    return f"({ast.unparse(written.args)})", _text(written.returns, function.__module__)


class _Linked(ast.NodeTransformer):
    """Writes names in full, `~rgm_ref.views.Views`: Sphinx shows the last word, and links it."""

    def __init__(self, module: str) -> None:
        self.module = module

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Ours has a page; another's is named as its module sees it, so that no page is meant."""
        there = vars(sys.modules[self.module])
        if node.id not in there:
            return node
        full = inventory.by_identity().get(id(there[node.id]), f"{self.module}.{node.id}")
        return ast.Name(f"~{full}")


def _linked(annotation: ast.expr, module: str) -> ast.expr:
    return _Linked(module).visit(_unquoted(annotation))


def _text(annotation: ast.expr, module: str) -> str:
    return ast.unparse(_linked(annotation, module))


def _unquoted(annotation: ast.expr) -> ast.expr:
    """What an annotation in quotes says."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ast.parse(annotation.value, mode="eval").body
    return annotation


def _parsed(thing: type | FunctionType) -> ast.ClassDef | ast.FunctionDef:
    return ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]


def _fields(cls: type) -> Iterator[str]:
    """What the constructor of a dataclass takes."""
    written: dict[str, str] = {}
    for base in reversed([base for base in cls.__mro__ if dataclasses.is_dataclass(base)]):
        lines = (line for line in _parsed(base).body if isinstance(line, ast.AnnAssign))
        written |= {line.target.id: _text(line.annotation, base.__module__) for line in lines}
    names_only = False
    for field in dataclasses.fields(cls):
        if field.kw_only and not names_only:
            yield "*"
        names_only = field.kw_only
        yield f"{field.name}: {written[field.name]}{_default(field)}"


def _default(field: dataclasses.Field) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return f" = {field.default_factory.__name__}()"
    return "" if field.default is dataclasses.MISSING else f" = {field.default!r}"
