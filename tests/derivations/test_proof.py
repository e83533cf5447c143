"""The proof checker must reject what is false: each kind of step, with a true and a false line."""

import pytest
import sympy as sp

from derivations.ledger import Proof, ProofError

x, y = sp.symbols("x y", real=True)
p = sp.Symbol("p", positive=True)


def test_identities_are_told_from_non_identities():
    proof = Proof()
    proof.equal("binomial", (x + y) ** 2, x**2 + 2 * x * y + y**2)
    proof.equal("matrices", sp.Matrix([[x * (x + 1)]]), sp.Matrix([[x**2 + x]]))
    assert [step.kind for step in proof.steps] == ["identity", "identity"]
    with pytest.raises(ProofError, match="step 3"):
        proof.equal("wrong twin: no cross term", (x + y) ** 2, x**2 + y**2)
    with pytest.raises(ProofError):
        proof.equal("one entry wrong", sp.Matrix([[x, y]]), sp.Matrix([[x, x]]))
    assert len(proof.steps) == 2, "a rejected line must not stay in the proof"


def test_signs_need_a_certificate_that_is_the_same_expression():
    proof = Proof()
    proof.nonnegative("a square", x**2 - 2 * x * y + y**2, (x - y) ** 2)
    proof.positive("a positive product", p + p**2, p * (1 + p))
    with pytest.raises(ProofError, match="certificate"):
        proof.nonnegative("another expression", x**2 + x * y, (x + y) ** 2)
    with pytest.raises(ProofError):
        proof.nonnegative("unknown sign", x * y)
    with pytest.raises(ProofError):
        proof.positive("a square may vanish", x**2)


def test_an_equation_is_solved_only_by_its_one_root():
    proof = Proof()
    proof.solves("linear", 2 * x - 4, x, 2)
    with pytest.raises(ProofError):
        proof.solves("wrong root", 2 * x - 4, x, 3)
    with pytest.raises(ProofError):
        proof.solves("two roots", x**2 - 1, x, 1)


def test_boxes_prove_strict_inequalities_and_nothing_else():
    proof = Proof()
    proof.positive_on_box("a parabola above the axis", x**2 - x + 1, {x: (-2, 2)})
    assert proof.steps[-1].kind == "box"
    with pytest.raises(ValueError, match="not positive"):
        proof.positive_on_box("below the axis near 1/2", x**2 - x + sp.Rational(1, 5), {x: (0, 1)})
    with pytest.raises(ValueError, match="undecided"):
        proof.positive_on_box("touches 0 at 1/3", (3 * x - 1) ** 2, {x: (0, 1)}, limit=20)


def test_truths_and_refutations_are_decided_exactly():
    proof = Proof()
    proof.true("exact numbers", sp.Rational(1, 3) + sp.Rational(1, 6) <= sp.Rational(1, 2))
    proof.refute("exact numbers", sp.sqrt(2) * sp.sqrt(2) > 2)
    for method, statement in ((proof.true, sp.Integer(1) > 2), (proof.refute, sp.Integer(1) < 2)):
        with pytest.raises(ProofError):
            method("the other way round", statement)
    with pytest.raises(ProofError):
        proof.true("undecided", x > 0)
    with pytest.raises(ProofError):
        proof.refute("undecided", x > 0)


def test_a_definition_is_shown_and_proves_nothing():
    proof = Proof()
    proof.let("only words")
    proof.let("a name", x, y + 1)
    assert {step.kind for step in proof.steps} == {"definition"}
    assert proof.steps[1].latex == "x = y + 1"
