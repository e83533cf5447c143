"""Run by test_lite in an interpreter of its own: the notebooks' cells where NumPy is not found.

Arguments: the unpacked wheel, the folder of notebooks. Prints as JSON what was displayed for each
claim, which names the editable proofs lack, and how the stand-in and NumPy answer afterwards.
"""

import builtins
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from symtable import SymbolTable, symtable


class Nowhere:
    """Finds nothing of NumPy and its like, whatever is installed."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("numpy", "scipy", "rgm_ref", "matplotlib"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def answer(call) -> str:
    try:
        return repr(call())
    except (ModuleNotFoundError, AssertionError) as refusal:
        return str(refusal)


def lacking(text: str) -> list[str]:
    """Names that an editable proof looks up and its cell does not define."""
    found: dict = {}
    exec(text.rpartition("derive(")[0], found)
    used = set(looked_up(symtable(text, "cell", "exec")))
    return sorted(used - found.keys() - set(dir(builtins)))


def looked_up(scope: SymbolTable) -> Iterator[str]:
    """The global names in the functions of a scope, and in the functions inside these."""
    for function in scope.get_children():
        yield from (name.get_name() for name in function.get_symbols() if name.is_global())
        yield from looked_up(function)


sys.path.insert(0, sys.argv[1])
sys.meta_path.insert(0, Nowhere())

from course.lite import browser  # noqa: E402

shown: list[str] = []
browser.display = lambda markdown: shown.append(markdown.data)
pages = [json.loads(page.read_text()) for page in sorted(Path(sys.argv[2]).glob("*.ipynb"))]
cells = {cell["id"]: "".join(cell["source"]) for page in pages for cell in page["cells"]}
proofs = [name for name, text in cells.items() if text.startswith("prove(")]
for name in proofs:
    browser.prove(name)
told = {"shown": dict(zip(proofs, shown, strict=True))}

sources = {name: text for name, text in cells.items() if name.endswith("-source")}
right, wrong = "s * W / A,", "s * W / B,"  # the multiplier, with each weight beside its own norm
whole = sources["orth-denominator-source"]
leg = browser.REGISTRY["orth-denominator"].numerics[0]
told |= {
    "lacking": {name: lacking(text) for name, text in sources.items()},
    "unchanged": answer(lambda: exec(whole, {})),
    "changed": answer(lambda: exec(whole.replace(right, wrong), {})),
    "numpy": answer(lambda: __import__("numpy")),
    "reference": answer(lambda: __import__("rgm_ref.orthogonal")),
    "a formula": answer(lambda: leg.formula.right(1, 2)),
    "a leg": answer(lambda: list(leg.outcomes(leg.formula.right, 1))),
}
print(json.dumps(told))
