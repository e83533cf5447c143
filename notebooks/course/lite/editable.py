"""A claim's proofs as the text of one cell, to be changed and run."""

import dis
import inspect
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from types import CodeType

from derivations.ledger import Claim

HEAD = "# The proof itself: change it and run it.\nfrom course.lite.browser import derive"


def source(claim: Claim) -> str:
    """Proof and counterexample with the letters that they use, and the call that runs them."""
    arguments = [*claim.proofs, *claim.refutations]
    module = import_module(arguments[0].__module__)
    used = {name for argument in arguments for name in global_names(argument.__code__)}
    letters = textwrap.fill(", ".join(sorted(used & vars(module).keys())), 84)
    pieces = [f"{HEAD}\nfrom {module.__name__} import (\n{textwrap.indent(letters, '    ')},\n)"]
    called = [f"argument_{number}" for number in range(1, len(arguments) + 1)]
    pieces += [_renamed(one, name) for one, name in zip(arguments, called, strict=True)]
    return "\n\n\n".join([*pieces, f"derive({', '.join(called)})"])


def global_names(code: CodeType) -> Iterator[str]:
    """The names that the code, and functions inside it, take from their module."""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield step.argval
        elif isinstance(step.argval, CodeType):
            yield from global_names(step.argval)


def _renamed(argument: Callable, name: str) -> str:
    """The function without its decorator, under a name of its own."""
    lines = textwrap.dedent(inspect.getsource(argument)).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("def "))
    return "\n".join([f"def {name}(proof):", *lines[start + 1 :]])
