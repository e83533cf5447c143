"""A claim's symbolic legs, run where there is no NumPy: in the browser.

`prove("orth-exact")` shows statement, proof and counterexample; `derive` runs a proof that was
changed. The ledger's modules name NumPy, the reference and the report's packages when they are
read. While they are, a stand-in answers for these; afterwards it is gone, `import numpy` fails as
it should, and whoever still holds a piece of the stand-in gets an error instead of a number. So no
check with numbers can seem to have run.
"""

import sys
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import sympy  # noqa: F401  (looks for NumPy itself, and must not find the stand-in)
from IPython.display import Markdown, display

ABSENT = ("numpy", "scipy", "rgm_ref", "rich", "jinja2", "latex2mathml", "markupsafe")


class Absent:
    """Stands for anything of an absent package, while modules are read; then every use fails."""

    reading = True

    def __getattr__(self, name: str) -> "Absent":
        if name.startswith("__"):
            raise AttributeError(name)
        return self.used()

    def used(self, *others, **named) -> "Absent":
        """Itself, whatever is asked of it. Raises: ModuleNotFoundError after the reading."""
        if not Absent.reading:
            raise ModuleNotFoundError("this needs NumPy, which is not in the browser")
        return self

    def __iter__(self):
        """Two of it: what the ledger takes apart when it is read is a pair."""
        return iter((self.used(), self))

    __call__ = __getitem__ = __or__ = used
    __add__ = __sub__ = __mul__ = __truediv__ = __pow__ = __matmul__ = __neg__ = used
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = used


class StandIn(MetaPathFinder, Loader):
    """Finds every absent package, and in it whatever is imported."""

    def find_spec(self, name, path=None, target=None):
        absent = name.split(".")[0] in ABSENT
        return ModuleSpec(name, self, is_package=True) if absent else None

    def exec_module(self, module: ModuleType) -> None:
        module.__getattr__ = Absent().__getattr__  # type: ignore[method-assign]


@contextmanager
def standing_in():
    """Until the end of the block, the absent packages can be imported and are hollow."""
    finder = StandIn()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        Absent.reading = False
        for name, module in list(sys.modules.items()):
            if getattr(module, "__loader__", None) is finder:
                del sys.modules[name]


with standing_in():
    from course.proof import derivation, numbered, typeset
    from derivations import REGISTRY
    from derivations.ledger import Proof, Result
    from derivations.ledger.judge import judge
    from derivations.ledger.proof import Step

Argument = Callable[[Proof], None]


def prove(claim_id: str) -> None:
    """Run what is symbolic in a claim and show it below its title; say what was not run.

    Raises: ValueError for an unknown claim, or for one that has checks with numbers only.
    """
    if claim_id not in REGISTRY:
        raise ValueError(f"claim_id: {claim_id!r} is not in the ledger")
    claim = REGISTRY[claim_id]
    if not claim.proofs and not claim.refutations:
        raise ValueError(f"claim_id: {claim_id!r} has checks with numbers only: they need NumPy")
    result = Result(claim_id, "", "")
    result.steps, result.refutation = _steps(claim.proofs), _steps(claim.refutations)
    verdict, evidence = judge(claim, result)
    lines = derivation(claim, result)[1:]
    lines.append(f"The symbolic legs say: **{verdict}** ({evidence}).")
    left_out = [typeset(f"- {leg.formula.name} against {leg.oracle}") for leg in claim.legs]
    left_out += ["- an experiment"] * len(claim.observations)
    if left_out:
        lines += ["Not run in the browser, where there is no NumPy:", *left_out]
    display(Markdown("\n\n".join(lines)))


def derive(*arguments: Argument) -> None:
    """Run proofs and show their steps. Raises: ProofError at the first step that is not so."""
    display(Markdown("\n\n".join(numbered("Proof", _steps(arguments)))))


def _steps(arguments: Iterable[Argument]) -> list[Step]:
    proof = Proof()
    for argument in arguments:
        argument(proof)
    return proof.steps
