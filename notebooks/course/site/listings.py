"""The pages of source code: their links back to the reference, where it has the name.

Sphinx's viewcode takes one prefix for all names of a module; ours are re-exported, or not, each.
"""

import re

from sphinx.application import Sphinx

BACK = re.compile(r'<a class="viewcode-back" href="[^"#]*#([^"]+)">\[docs\]</a>')
NO_MODULE = re.compile(r'<li><a href="builtins\.html">builtins</a></li>\n?')


def mend(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Lead each link to where the name is described; drop it where that is nowhere."""
    known = app.env.domains.python_domain.objects

    def back(link: re.Match) -> str:
        if link[1] not in known:
            return ""
        there = known[link[1]]
        address = f"{app.builder.get_relative_uri(pagename, there.docname)}#{there.node_id}"
        return f'<a class="viewcode-back" href="{address}">[docs]</a>'

    if pagename.startswith("_modules/"):
        context["body"] = NO_MODULE.sub("", BACK.sub(back, context["body"]))


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
