"""Docstrings of the house as pages: a Sphinx extension for plain text with formulas.

A docstring is its paragraphs, a formula that stands by itself set off, and at the end what it says
after `Shapes:`, `Raises:` and the like, each in a row of its own. Nothing is read as markup but
names in backquotes; a claim's id is a link to the claim. `layout` says which part is which.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

from course.site import layout, signatures
from course.site.letters import Link, inline, resolver

EXACT = {"support_smartquotes": False}  # 'linear' is a value, and ... stands in a shape


class Plain(SphinxDirective):
    """`.. plain:: name` and below it the docstring of `name`, as it stands in the code."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        link = resolver(self.arguments[0])
        text = layout.Docstring.parse("\n".join(self.content))
        parts = [_part(part, link) for part in text.parts]
        return [*parts, _fields(text.fields, link)] if text.fields else parts


def role(kind, raw, text, line, inliner, options=None, content=None):
    """`:plain:` for a line of such text."""
    return [*inline(text.strip(), resolver("rgm_ref"))], []


def _part(part: layout.Part, link: Link) -> nodes.Node:
    if part.kind == "code":
        return nodes.literal_block(part.text, part.text, language="none")
    if part.kind == "options":
        return _options(part.text, link)
    if part.kind in ("formula", "lines"):
        lines = (
            nodes.line("", "", *inline(line, link), **EXACT) for line in part.text.splitlines()
        )
        return nodes.line_block("", *lines, classes=[part.kind])
    return _paragraph(part.text, link)


def _paragraph(text: str, link: Link) -> nodes.paragraph:
    return nodes.paragraph("", "", *inline(text, link), **EXACT)


def _options(text: str, link: Link) -> nodes.definition_list:
    """Lines `name: what it does`."""
    items = []
    for name, what in layout.options(text):
        term = nodes.term("", "", *inline(name, link), **EXACT)
        body = nodes.definition("", _paragraph(what, link))
        items.append(nodes.definition_list_item("", term, body))
    return nodes.definition_list("", *items, classes=["options"])


def _fields(fields: dict[str, str], link: Link) -> nodes.field_list:
    listed = []
    for name, text in fields.items():
        body = nodes.field_body("", _paragraph(text, link))
        listed.append(nodes.field("", nodes.field_name(text=name), body))
    return nodes.field_list("", *listed)


def as_directive(app: Sphinx, what: str, name: str, obj: object, options, lines: list[str]) -> None:
    """Hand a docstring to `plain` instead of the parser of reStructuredText."""
    if lines:
        lines[:] = [f".. plain:: {name}", "", *(f"   {line}" for line in lines), ""]


def skip(app: Sphinx, what: str, name: str, obj: object, is_skipped: bool, options) -> bool | None:
    """Leave out the fields of named tuples, whose docstrings Python made."""
    return True if (getattr(obj, "__doc__", "") or "").startswith("Alias for field") else None


def configure(app: Sphinx, config: Config) -> None:
    """Settings of Sphinx that the pages of the reference count on."""
    config.autodoc_inherit_docstrings = False  # torch's own docstrings are not ours
    config.add_module_names = False  # the section says the module
    config.python_maximum_signature_line_length = 76  # longer ones: a parameter per line
    config.python_trailing_comma_in_multi_line_signatures = False
    config.toc_object_entries = False  # a thousand names in the sidebar of every page


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("config-inited", configure)
    app.add_directive("plain", Plain)
    app.add_role("plain", role)
    app.connect("autodoc-process-docstring", as_directive)
    app.connect("autodoc-process-signature", signatures.as_written)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
