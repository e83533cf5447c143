"""Verdicts are computed from the legs that ran: each combination, and each way to cheat."""

import numpy as np
import pytest
import sympy as sp

from derivations.ledger import REGISTRY, Claim, Formula, agree, bounded, run
from derivations.ledger.numeric import NumericLeg

x = sp.Symbol("x", real=True)
SQUARE = Formula("square", np.square, {"double": lambda v: 2 * v})


@pytest.fixture
def claim():
    """Makes claims that leave the registry again."""
    made = []

    def make(**fields):
        made.append(Claim("test-claim", "nowhere", "a test", "x", **fields))
        return made[-1]

    yield make
    for old in made:
        del REGISTRY[old.id]


def prove(proof):
    proof.equal("true", (x + 1) ** 2, x**2 + 2 * x + 1)


def refute(proof):
    proof.refute("false", sp.Integer(1) > 2)


def test_a_proof_makes_it_hold(claim):
    made = claim()
    made.proof(prove)
    result = run(made)
    assert (result.verdict, result.evidence) == ("holds", "proved")


def test_a_box_is_named_as_the_weaker_evidence(claim):
    made = claim()
    made.proof(prove)
    made.proof(lambda proof: proof.positive_on_box("box", x + 2, {x: (-1, 1)}))
    assert run(made).evidence == "proved on a box"


def test_a_counterexample_makes_it_fail_unless_a_condition_is_proved(claim):
    made = claim(condition="c")
    made.counterexample(refute)
    assert run(made).verdict == "fails", "a condition nobody proved rescues nothing"
    made.proof(prove)
    assert run(made).verdict == "holds if"


def test_a_counterexample_must_refute_something(claim):
    made = claim()
    made.counterexample(prove)
    result = run(made)
    assert result.verdict == "crashed"
    assert "refutes nothing" in result.error


def test_numbers_alone_leave_it_open_and_no_leg_at_all_is_an_error(claim):
    made = claim()
    assert run(made).verdict == "crashed"
    made.search(SQUARE, oracle="product", tolerance=1e-12, because="eps", samples=5)(
        lambda f, rng: agree(f(v := rng.normal()), v * v)
    )
    result = run(made)
    assert (result.verdict, result.evidence, result.samples) == ("open", "tested", 5)


def test_definitions_alone_prove_nothing(claim):
    made = claim()
    made.proof(lambda proof: proof.let("only words"))
    assert run(made).verdict == "crashed"


def test_observations_decide_by_what_was_seen(claim):
    made = claim()
    made.observation(lambda: {"seen": True})
    assert (run(made).verdict, run(made).evidence) == ("holds", "observed")
    made.observation(lambda: {"expected, not seen": False})
    assert run(made).verdict == "fails"
    made.proof(prove)
    assert "does not show" in run(made).error, "a proof and an experiment that disagree"


def test_a_disagreeing_number_or_a_crash_is_reported_by_name(claim):
    made = claim()
    made.proof(prove)
    made.numeric(SQUARE, oracle="cube", tolerance=1e-12, because="eps", samples=3)(
        lambda f, rng: agree(f(2.0), 8.0)
    )
    result = run(made)
    assert result.verdict == "crashed"
    assert "square against cube" in result.error


def test_twins_are_killed_by_a_check_that_can_see_them():
    def leg(check):
        return NumericLeg(SQUARE, check, "oracle", 1e-12, "eps", 5)

    seeing = leg(lambda f, rng: agree(f(3.0), 9.0))
    blind = leg(lambda f, rng: agree(f(2.0), 4.0))
    assert seeing.kills(SQUARE.twins["double"])
    assert not blind.kills(SQUARE.twins["double"]), "2 · 2 = 2²: this check cannot tell"
    assert not seeing.kills(lambda v: 1 / 0), "a crash is no refutation"


def test_samples_measure_relative_error_and_violated_bounds():
    assert agree([1.0, 100.0], [1.0, 101.0]).error == pytest.approx(1 / 101)
    assert agree([1.0], [1.0, 2.0]).error == np.inf
    assert agree(np.nan, 1.0).error == np.inf
    assert bounded([1, 2], [2, 2]).error == 0
    assert bounded([1, 2], [2, 2]).count == 2
    assert bounded(3.0, 2.0).error == 1
    assert bounded(np.nan, 2.0).error == np.inf


def test_an_id_names_one_claim(claim):
    claim()
    with pytest.raises(ValueError, match="id"):
        Claim("test-claim", "nowhere", "again", "x")
