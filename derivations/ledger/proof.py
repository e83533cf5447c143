"""A derivation on paper whose every line a machine checks.

`Proof` collects numbered steps. A step is a sentence and a formula; the formula that is shown is
the very object that was checked. A line that SymPy cannot confirm stops the proof.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import sympy as sp
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.stringpict import prettyForm

from derivations.ledger.boxes import prove_positive

FALSE = r" \qquad \text{(false)}"
PLAIN = {FALSE: "    (false)", r" \ge 0": " ≥ 0"}  # how a suffix reads in a terminal


class ProofError(AssertionError):
    """A step that the machine did not accept."""


@dataclass(frozen=True)
class Step:
    """One line of a derivation: what it says, what it shows, and how it was settled."""

    text: str
    latex: str
    plain: str
    kind: str  # definition, identity, sign, box, refutation


@dataclass
class Proof:
    """The steps taken so far; each method adds one, or raises `ProofError`."""

    steps: list[Step] = field(default_factory=list)

    def let(self, text: str, name: sp.Basic | None = None, value: sp.Basic | None = None) -> None:
        """Introduce a name (name := value) or set the scene in words. Nothing is claimed."""
        if name is None:
            self.steps.append(Step(text, "", "", "definition"))
        else:
            self._add(text, sp.Eq(name, value, evaluate=False), "definition")

    def equal(self, text: str, left, right, simplify: Callable = sp.simplify) -> None:
        """left = right identically: the difference simplifies to 0, for matrices entry by entry."""
        left, right = sp.sympify(left), sp.sympify(right)
        difference = left - right
        rest = difference.applyfunc(simplify) if _is_matrix(difference) else simplify(difference)
        zero = rest.is_zero_matrix if _is_matrix(rest) else rest == 0
        shown = right if left == right else sp.Eq(left, right, evaluate=False)
        self._settle(text, shown, "identity", zero, rest)

    def solves(self, text: str, equation, unknown: sp.Symbol, root) -> None:
        """`equation` = 0 for unknown = root and for nothing else that SymPy's solver finds."""
        equation, root = sp.sympify(equation), sp.sympify(root)
        found = sp.solve(equation, unknown)
        accepted = len(found) == 1 and sp.simplify(found[0] - root) == 0
        shown = sp.Implies(
            sp.Eq(equation, 0, evaluate=False), sp.Eq(unknown, root, evaluate=False), evaluate=False
        )
        self._settle(text, shown, "identity", accepted, found)

    def nonnegative(
        self, text: str, expression, certificate=None, simplify: Callable = sp.simplify
    ) -> None:
        """expression ≥ 0, because it equals the certificate, which is visibly so.

        The certificate is a form whose sign SymPy reads off the assumptions: a sum of squares
        times positive symbols, a product of positive factors. Default: the expression itself.
        """
        self._sign(text, expression, certificate, simplify, strict=False)

    def positive(
        self, text: str, expression, certificate=None, simplify: Callable = sp.simplify
    ) -> None:
        """expression > 0, by a certificate as in `nonnegative`."""
        self._sign(text, expression, certificate, simplify, strict=True)

    def positive_on_box(self, text: str, expression, box: dict, limit: int = 100_000) -> None:
        """expression > 0 on a product of closed intervals, by interval arithmetic and bisection.

        `box` maps each symbol to (low, high), numbers that SymPy reads exactly. Rounding is
        outward, so acceptance is a proof; near equality the bisection gives up at `limit` boxes.
        """
        pieces = prove_positive(expression, box, limit)
        ranges = ", ".join(f"{low} ≤ {name} ≤ {high}" for name, (low, high) in box.items())
        statement = sp.Gt(expression, 0, evaluate=False)
        self._settle(f"{text} [{ranges}; {pieces} boxes]", statement, "box", pieces > 0, expression)

    def true(self, text: str, statement) -> None:
        """A relation between exact numbers (or one SymPy decides from assumptions) that is true."""
        self._settle(text, _kept(statement), "identity", _decide(statement) is True, statement)

    def refute(self, text: str, statement) -> None:
        """A relation between exact numbers that the claim asserts and that is false."""
        settled = _decide(statement) is False
        self._settle(text, _kept(statement), "refutation", settled, statement, suffix=FALSE)

    def _sign(self, text, expression, certificate, simplify, strict):
        expression = sp.sympify(expression)
        certificate = expression if certificate is None else sp.sympify(certificate)
        same = expression == certificate or simplify(expression - certificate) == 0
        if not same:
            raise ProofError(
                f"step {len(self.steps) + 1}: the certificate is another expression: {text}"
            )
        known = certificate.is_positive if strict else certificate.is_nonnegative
        relation = (sp.Gt if strict else sp.Ge)(certificate, 0, evaluate=False)
        shown = (
            relation
            if expression == certificate
            else sp.Eq(expression, certificate, evaluate=False)
        )
        chain = "" if shown is relation else " > 0" if strict else r" \ge 0"
        self._settle(text, shown, "sign", known is True, certificate, suffix=chain)

    def _settle(self, text, statement, kind, accepted, rest, suffix="") -> None:
        if not accepted:
            raise ProofError(
                f"step {len(self.steps) + 1} ({kind}) was not accepted: {text}\n  left over: {rest}"
            )
        self._add(text, statement, kind, suffix)

    def _add(self, text, statement, kind, suffix="") -> None:
        shown = sp.latex(statement) + suffix
        self.steps.append(Step(text, shown, _pretty(statement, PLAIN.get(suffix, suffix)), kind))


def _pretty(statement, suffix: str) -> str:
    """Two-dimensional text, with the suffix on the line of the relation sign."""
    form = PrettyPrinter({"use_unicode": True})._print(statement)
    return prettyForm(*form.right(suffix)).render(wrap_line=True, num_columns=100, use_unicode=True)


def _is_matrix(expression) -> bool:
    return isinstance(expression, sp.MatrixBase)


def _kept(statement):
    """The relation as it stands, or the bare truth value where SymPy has already decided it."""
    return statement if isinstance(statement, sp.Basic) else sp.sympify(bool(statement))


def _decide(statement) -> bool | None:
    """True or False where SymPy can decide the statement exactly, else None."""
    if isinstance(statement, sp.Rel):
        statement = statement.func(statement.lhs, statement.rhs)
    settled = sp.simplify(_kept(statement))
    return bool(settled) if settled in (sp.true, sp.false) else None
