"""The API reference: `write(folder)` makes a page for every shelf, filled by Sphinx's autodoc."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

from course.site import inventory, shelves

SHORT = 60  # a constant whose value is longer is shown without it
FEW = 3  # a module with more names than these opens with a list of them


def write(folder: Path) -> None:
    """Write `reference/*.md` into a folder of Sphinx sources."""
    out = folder / "reference"
    out.mkdir(parents=True, exist_ok=True)
    shelved = shelves.shelved()
    (out / "index.md").write_text("\n".join(_index(shelved)), encoding="utf-8")
    for page, modules in shelved.items():
        (out / f"{page.name}.md").write_text("\n".join(_page(page, modules)), encoding="utf-8")


def _index(shelved: dict[shelves.Page, list[str]]) -> Iterator[str]:
    yield "# Reference\n"
    yield (
        f"All that is public in the packages: {len(inventory.everything())} functions, classes "
        f"and constants of {len(inventory.modules())} modules, with what they say of themselves, "
        "and the source one click away. `rgm_ref` is the paper in NumPy, `rgm_torch` is the fast "
        "mirror and what trains with it, `derivations.ledger` runs the proofs.\n"
    )
    yield "```{toctree}\n:hidden:\n"
    yield from (page.name for page in shelved)
    yield "```\n"
    for page, modules in shelved.items():
        yield f"## [{page.title}]({page.name}.md)\n"
        yield f"{page.about}\n"
        yield from (f"- {{py:mod}}`{name}`: {{plain}}``{summary(name)} ``" for name in modules)
        yield ""


def _page(page: shelves.Page, modules: list[str]) -> Iterator[str]:
    yield f"# {page.title}\n"
    yield f"{page.about}\n"
    for module in modules:
        yield f"## `{module}`\n"
        if len(entries := inventory.entries(module)) > FEW:
            yield " · ".join(f"{{py:obj}}`~{entry.name}`" for entry in entries) + "\n"
        yield "```{eval-rst}"
        yield from _directive("automodule", module, "no-members")
        for entry in entries:
            yield from _entry(entry)
        yield "```\n"


def _entry(entry: inventory.Entry) -> Iterator[str]:
    options = []
    if entry.kind == "class":
        options = ["members", "member-order: bysource"]
        bases = [base for base in entry.value.__bases__ if base is not object]
        options += ["show-inheritance"] if bases else []
    if entry.kind == "data" and not _is_plain(entry.value):
        options = ["no-value"]
    yield from _directive(f"auto{entry.kind}", entry.name, *options)


def _is_plain(value: object) -> bool:
    """Whether it reads well: a number, a word, or some of them."""
    items = value if isinstance(value, tuple) else (value,)
    return all(type(item) in (int, float, str) for item in items) and len(repr(value)) < SHORT


def _directive(name: str, argument: str, *options: str) -> Iterator[str]:
    yield f".. {name}:: {argument}"
    for option in options:
        yield f"   :{option}" + ("" if ":" in option else ":")
    yield ""


def summary(module: str) -> str:
    """The first paragraph of a module's docstring."""
    text = inspect.cleandoc(importlib.import_module(module).__doc__ or "")
    return " ".join(text.split("\n\n")[0].split())
