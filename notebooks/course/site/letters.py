"""One line of a docstring as nodes: letters with real indices, code, links to names and claims.

The house writes `g_i^(k)`, `Σ_{i<k}` and `r^((1 + c)/2)`; what is read is gᵢ with its (k) above.
"""

import re
from collections.abc import Callable, Iterator

from docutils import nodes
from sphinx.addnodes import pending_xref

from course.site import inventory
from derivations.ledger.record import recorded

GROUP = r"\{(?:[^{}]|\{[^{}]*\})*\}"
PARENTHESES = r"\((?:[^()]|\([^()]*\))*\)"
SIGN = "A-Za-z0-9α-ωΑ-Ω"
INDEX = rf"_(?:{GROUP}|{PARENTHESES}|[{SIGN}]{{1,6}}(?![{SIGN}_]))"
POWER = rf"\^(?:{GROUP}|{PARENTHESES}|[−-]?[{SIGN}]{{1,6}}|\*)"
# One letter (perhaps with a mark above it), an operator's name, or the end of something.
OPERATORS = "arg(?:max|min)|max|min|mean|softmax|KL|PCE"
LETTER = rf"(?<![A-Za-z_])(?:[^\W\d_][\u0300-\u036f]*|{OPERATORS})'?"
FORMULA = rf"(?:(?:{LETTER}|[\])}}‖∇])(?:(?:{INDEX}|{POWER})'?)+|\d{POWER})"
CLAIM = r"\b[a-z]+(?:-[a-z0-9]+)+\b"
TOKEN = re.compile(rf"`(?P<code>[^`]+)`|(?P<claim>{CLAIM})|(?P<math>{FORMULA})")
SCRIPT = re.compile(rf"(?P<mark>[_^])(?P<body>{GROUP}|{PARENTHESES}|[−-]?[{SIGN}]+|\*)")

Link = Callable[[str], str | None]


def inline(text: str, link: Link) -> Iterator[nodes.Node]:
    """Nodes of a line; `link` gives the full name of a name in backquotes, if it has a page."""
    end = 0
    for found in TOKEN.finditer(text):
        if found["claim"] and found["claim"] not in recorded():
            continue
        yield nodes.Text(text[end : found.start()])
        yield _token(found, link)
        end = found.end()
    yield nodes.Text(text[end:])


def _token(found: re.Match, link: Link) -> nodes.Node:
    if found["math"]:
        return nodes.inline("", "", *_scripts(found["math"]), classes=["letters"])
    if found["claim"]:
        return _reference(
            nodes.inline(text=found["claim"]), "prf", "ref", f"claim-{found['claim']}"
        )
    code = nodes.literal(text=found["code"])
    target = link(found["code"])
    return _reference(code, "py", "obj", target) if target else code


def _reference(child: nodes.Node, domain: str, kind: str, target: str) -> nodes.Node:
    return pending_xref("", child, refdomain=domain, reftype=kind, reftarget=target, refwarn=True)


def _scripts(text: str) -> Iterator[nodes.Node]:
    """A formula's nodes, with what follows `_` below and what follows `^` above the line."""
    end = 0
    for found in SCRIPT.finditer(text):
        yield nodes.Text(text[end : found.start()])
        body = found["body"]
        if body[0] == "{" or (body[0] == "(" and " " in body):  # the (k) of a block keeps its own
            body = body[1:-1]
        kind = nodes.subscript if found["mark"] == "_" else nodes.superscript
        yield kind("", "", *_scripts(body.replace("-", "−")))
        end = found.end()
    yield nodes.Text(text[end:])


def resolver(name: str) -> Link:
    """How names in the docstring of `name` are meant: the nearest one outward, or a neighbour's.

    A name that is a parameter means the parameter and has no page; nor does a single word in a
    function's docstring mean a module.
    """
    parts = name.split(".")
    scopes = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    taken, is_module = inventory.parameters(name), name in inventory.modules()

    def link(text: str) -> str | None:
        if text in taken:
            return None
        candidates = [f"{scope}.{text}" for scope in scopes] + [text]
        candidates += [f"rgm_ref.{text}"] if "." in text else inventory.neighbours(name, text)
        for full in candidates:
            is_word = full in inventory.modules() and text.isalpha() and not is_module
            if full in inventory.names() and full != name and not is_word:
                return full
        return None

    return link
