"""The exercises as they are posed: kind, level, task, answer and check, read from the cells.

An exercise is a heading `### Exercise orth-1 · compute · level 1` with its task, then a code cell
tagged `exercise`, which holds the solution, then one tagged `check`. Nowhere else is this parsed.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

KINDS = ("derive", "compute", "implement", "predict", "break", "critique")
HEADING = re.compile(r"^### Exercise ([a-z]+-\d+) · (\w+) · level (\d)\n", re.MULTILINE)
MARKER = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)


@dataclass(frozen=True)
class Posed:
    """One exercise in its notebook, with the cells of its task, its solution and its check."""

    id: str
    kind: str
    level: int
    task: str
    place: NotebookNode
    solution: NotebookNode
    check: NotebookNode

    @property
    def solved(self) -> str:
        """The code of the solution, without its markers."""
        return MARKER.sub("", self.solution.source).strip()

    @property
    def asked(self) -> list[str]:
        """The names that the check wants: those bound by the solution and read by the check."""
        read = {
            node.id
            for node in ast.walk(ast.parse(self.check.source))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        return [name for name in bound(self.solved) if name in read]

    @property
    def blank(self) -> str:
        """The cell of a student: the names to be filled in, without the solution."""
        functions = {
            node.name: ast.unparse(node.args)
            for node in ast.parse(self.solved).body
            if isinstance(node, ast.FunctionDef)
        }
        lines = [f'# hint("{self.id}"), hint("{self.id}", 2), … help when you are stuck']
        for name in self.asked:
            if name in functions:
                lines += [f"def {name}({functions[name]}):", "    raise NotImplementedError"]
            else:
                lines += [f"{name} = ..."]
        return "\n".join(lines)


def exercises(notebook: NotebookNode) -> list[Posed]:
    """The exercises of a notebook, in order.

    Raises: ValueError where a heading has no cell tagged `exercise` and `check` after it.
    """
    found = []
    for number, cell in enumerate(notebook.cells):
        heading = HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            name, kind, level = heading.groups()
            after = notebook.cells[number + 1 :]
            pair = (_first(after, tag, name) for tag in ("exercise", "check"))
            task = cell.source[heading.end() :].strip()
            found.append(Posed(name, kind, int(level), task, cell, *pair))
    return found


def _first(cells: Sequence[NotebookNode], tag: str, name: str) -> NotebookNode:
    for cell in cells:
        if tag in cell.metadata.get("tags", ()):
            return cell
    raise ValueError(f"{name}: no cell tagged {tag!r} follows its heading")


def bound(source: str) -> list[str]:
    """Names that a cell binds at its top level, in order."""
    names: dict[str, None] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] = None
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0]: None for alias in node.names}
        else:
            stores = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
            names |= {n.id: None for n in stores if isinstance(n.ctx, ast.Store)}
    return list(names)
