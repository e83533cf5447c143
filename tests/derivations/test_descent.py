"""Joint descent: the theorem on random pairs, its sharp edges, and that its checks can fail."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import derivations.synorth  # noqa: F401  (fills the registry)
from derivations.ledger import REGISTRY, Proof, ProofError, run
from derivations.ledger.report import math
from derivations.synorth import descent_outside, descent_pairs
from derivations.synorth.descent_pairs import adversaries, decrease, from_blocks, guaranteed, total
from derivations.synorth.descent_symbols import joint_decrease, own_decrease
from rgm_ref.synorth import synorth

VERDICTS = {
    "synorth-descent-lemma1": ("holds", "proved"),
    "synorth-descent-lemma2": ("holds", "proved"),
    "synorth-descent-case1": ("holds", "proved"),
    "synorth-descent-case2": ("holds", "proved"),
    "synorth-descent": ("holds", "proved"),
    "synorth-descent-many": ("holds", "proved"),
    "synorth-descent-constant": ("holds", "proved"),
    "synorth-descent-orth-alone": ("holds", "proved"),
    "synorth-descent-three-blocks": ("holds", "proved"),
    "synorth-descent-outside": ("holds if", "refuted as stated; condition proved on a box"),
    "synorth-descent-printed": ("holds if", "refuted as stated; condition proved on a box"),
    "synorth-descent-no-ear": ("fails", "refuted; correction proved on a box"),
    "synorth-descent-single": ("fails", "refuted; correction proved"),
    "synorth-descent-weights": ("fails", "refuted; correction proved on a box"),
    "synorth-descent-tight": ("open", "tested"),
}


@pytest.mark.parametrize("claim_id", VERDICTS)
def test_verdict_and_evidence(claim_id):
    result = run(REGISTRY[claim_id], fast=True)
    assert result.error == ""
    assert (result.verdict, result.evidence.split(" (")[0]) == VERDICTS[claim_id]
    for step in (*result.steps, *result.refutation):
        assert step.text.strip()
        assert not step.latex or "<math" in math(step.latex)


@pytest.mark.parametrize("form", ["linear", "exact", "printed"])
def test_letters_and_reference_give_the_same_decrease(form):
    first, second, w = [3, 1, 2], [1, 5, 1], sp.Rational(1, 5)
    cosines = [sp.Rational(1, 4), -sp.Rational(1, 2), 0]
    g = from_blocks(np.array([first, second], float), np.array(cosines, float))
    own = (g * synorth(g, [0.2, 0.8], 3, orth=form)).sum(axis=-1)
    expected = [
        own_decrease(first, second, cosines, w, form),
        own_decrease(second, first, cosines, 1 - w, form),
    ]
    assert not any(value.atoms(sp.Float) for value in expected), "counterexamples must be exact"
    # a few dozen operations on numbers of size ten
    np.testing.assert_allclose(own, np.array(expected, float), rtol=1e-13)


positive = st.floats(1e-3, 1e3)


@given(
    st.lists(positive, min_size=6, max_size=6),
    st.lists(st.floats(-1, 1), min_size=3, max_size=3),
    st.floats(1e-9, 0.5),
    st.sampled_from(["linear", "exact"]),
    st.sampled_from(["paper", "clamped"]),
)
def test_the_theorem(lengths, cosines, w, form, slope):
    g = from_blocks(np.reshape(lengths, (2, 3)), np.array(cosines))
    kept = decrease(g, np.array([w, 1 - w]), 3, orth=form, slope=slope) / total(g)
    assert kept >= guaranteed(w) - 1e-12  # a sum of a few dozen numbers of size one


def test_adversaries_belong_to_their_class():
    g, energy = adversaries(np.random.default_rng(0), smallest=1e-5, count=300)
    *lengths, cosines = descent_pairs.block_data(g)
    assert (energy[0] <= 0.5).all()
    assert energy.min() >= 1e-5
    np.testing.assert_allclose(energy.sum(axis=0), 1, rtol=1e-15)
    assert np.min(lengths) > 0
    extreme = (np.abs(np.abs(cosines) - 1) < 1e-12).all(axis=0)
    assert 0.4 < extreme.mean() < 0.6


@pytest.mark.parametrize(
    ("sign", "kept"), [(1, lambda c: c > 0), (-1, lambda c: c < 0)], ids=["qc > 0", "qc < 0"]
)
def test_with_sign_turns_the_pairs(sign, kept):
    g, energy = adversaries(np.random.default_rng(1))
    turned = descent_pairs.with_sign(g, energy, sign)
    q = 8 * energy[0] * energy[1] - 1
    assert kept(q * (turned[0] * turned[1]).sum(axis=-1)).all()


def test_the_decisive_inequality_is_sharp(monkeypatch):
    descent_outside.decisive(Proof(), "as claimed")
    monkeypatch.setattr(descent_outside, "SMALLEST", sp.Rational(1538, 10**7))
    with pytest.raises((ProofError, ValueError)):
        descent_outside.decisive(Proof(), "a little below")


def test_without_ear_the_explicit_pair_ascends():
    eta, w = sp.Rational(1, 4000), sp.Rational(1, 10**8)
    exact = joint_decrease([1, 2], [8 * eta, eta], [-1, -1], w, ear=False) / (5 + 65 * eta**2)
    assert float(exact) == pytest.approx(-0.01123, abs=5e-6)
    g = from_blocks(np.array([[1, 2], [8 / 4000, 1 / 4000]]), np.array([-1.0, -1]))
    energy = np.array([1e-8, 1 - 1e-8])
    kept = decrease(g, energy, 2, parts={"syn", "orth"}) / total(g)
    # w̄ and c carry eps; F is 1e-2 of its largest term
    assert kept == pytest.approx(float(exact), rel=1e-11)
    assert decrease(g, energy, 2) > 0


@pytest.mark.parametrize(("form", "worst"), [("linear", -0.0555), ("exact", -0.361)])
def test_a_single_modality_ascends_by_no_more_than_the_remark_says(form, worst):
    w, partner = np.meshgrid(np.linspace(0.95, 0.999, 50), np.geomspace(5, 40, 200))
    g = from_blocks(np.stack([np.ones((w.size, 1)), partner.reshape(-1, 1)]), np.ones((w.size, 1)))
    energy = np.stack([w.ravel(), 1 - w.ravel()])
    own = (g * synorth(g, energy, 1, orth=form)).sum(axis=-1)[0]
    assert own.min() == pytest.approx(worst, abs=3e-3)  # the grid's spacing near the edge


def test_the_smallest_ratio_known():
    """One block at c = −1 just beyond the edge w_i a² = w_j b² of the exact form, w near 0.3."""
    w = np.linspace(0.2, 0.4, 401)
    lengths = np.stack([np.ones((401, 1)), np.sqrt(w / (1 - w) * (1 + 1e-9))[:, None]])
    g = from_blocks(lengths, -np.ones((401, 1)))
    ratio = decrease(g, np.stack([w, 1 - w]), 1, orth="exact") / (np.sqrt(w) * total(g))
    assert ratio.min() == pytest.approx(0.6172, abs=1e-4)
