"""Markdown and LaTeX to HTML pages that hold all they need: formulas are MathML."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

SIGN = re.compile(
    r"(<mo[^>]*>&#x(?:00028|0003D|0003C|0002C|02264|02265|02192|0005B);</mo>)<mo>(?=&#x02212;)"
)
"""The minus that follows ( = < , ≤ ≥ → or [ is a sign; the converter takes it for a difference."""

PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))


def math(latex: str, display: str = "inline") -> str:
    """A formula as MathML, with its source as the accessible label."""
    label = escape(latex, quote=True)
    drawn = re.sub(r">\\([|{}])<", _fence, convert(latex, display=display))
    drawn = SIGN.sub(r"\1<mo form='prefix'>", drawn)
    return drawn.replace("<math ", f'<math aria-label="{label}" ', 1)


def _fence(command: re.Match) -> str:
    """A fence after `\\big`, which the converter leaves as a command."""
    return f">{command[1].replace('|', '‖')}<"


_markdown = (
    MarkdownIt("commonmark", {"html": False})
    .enable("table")
    .use(
        dollarmath_plugin,
        double_inline=True,
        renderer=lambda latex, options: math(
            latex.strip(), "block" if options["display_mode"] else "inline"
        ),
    )
)


def html(text: str) -> str:
    """Markdown, with $formulas$, as HTML."""
    return _markdown.render(text)


def inline(text: str) -> str:
    """A line of Markdown as HTML without a paragraph around it."""
    return _markdown.renderInline(text)


def page(title: str, body: str, look: str = "") -> str:
    """A whole page; `title` is plain text, `look` a class of the style sheet."""
    return PAGE.substitute(title=escape(title), body=body, look=look)


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f'<th scope="col">{cell}</th>' for cell in heading)
    lines = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>\n" for line in lines)
    return f'<div class="scroll"><table><tr>{head}</tr>\n{body}</table></div>'
