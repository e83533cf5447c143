"""Solutions that open: a `{solution}` becomes an HTML `<details>`, which needs no script."""

from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import solution_node


def open_details(self: HTML5Translator, node: solution_node) -> None:
    """The title becomes what one clicks, or opens by Enter and Space."""
    title = node.pop(0)
    self.body.append(self.starttag(node, "details"))
    self.body.append(f"<summary>{title.astext()}</summary>\n")


def close_details(self: HTML5Translator, node: solution_node) -> None:
    """The end of it."""
    self.body.append("</details>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.setup_extension("sphinx_exercise")
    app.add_node(solution_node, override=True, html=(open_details, close_details))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
