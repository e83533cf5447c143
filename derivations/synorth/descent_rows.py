"""Joint descent without one of the parts: the rows of Table 3."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.symbols import a, b, g_i, g_j, inner
from derivations.synorth.descent_formulas import ORTH_ALONE, WITHOUT_EAR
from derivations.synorth.descent_outside import LENGTHS, SMALLEST, decisive
from derivations.synorth.descent_pairs import FORMS, adversaries, from_blocks, total
from derivations.synorth.descent_symbols import (
    HALF,
    joint_decrease,
    sigma,
    t,
)
from rgm_ref.plane import balance, nonconflict
from rgm_ref.synorth import gate

ETA, SHARE = sp.Rational(1, 4000), sp.Rational(1, 10**8)

orth_alone = Claim(
    id="synorth-descent-orth-alone",
    place="ours, on Table 3",
    title="Orth alone, and Orth with EAR, descend jointly whatever the shares",
    statement=r"F \ge (1 - u)\left(\|g_i\|^2 + \frac12 \|g_j\|^2\right) > 0, \quad u = \sigma(-q "
    r"c), \; w_i \le \frac12",
    depends=("synorth-descent-lemma1", "synorth-descent-lemma2"),
    remark="EAR alone, Syn alone and the two together scale every block by a positive number, so "
    "they descend too: of the eight rows of Table 3 only Syn + Orth without EAR can fail.",
)


@orth_alone.proof
def _(proof: Proof) -> None:
    u, z, e, rest = sp.symbols("u z e d", nonnegative=True)
    proof.let(
        "Without Syn F = r̃_i a² + r̃_j b² − u D, with r̃_i ≥ 1 and r̃_j ≥ 1/2 under EAR (Lemma "
        "2), and both 1 without: say r̃_i = 1 + t and r̃_j = 1/2 + z"
    )
    proof.let("By Lemma 1 D = c²(a² + b²/2) − d with d ≥ 0, and c² = 1 − e with e ≥ 0")
    most = a**2 + b**2 / 2
    proof.nonnegative(
        "So F exceeds (1 − u)(a² + b²/2) by",
        (1 + t) * a**2 + (HALF + z) * b**2 - u * ((1 - e) * most - rest) - (1 - u) * most,
        t * a**2 + z * b**2 + u * (e * most + rest), sp.expand,
    )  # fmt: skip
    proof.positive("and 1 − u = σ(qc) ≥ σ(−4), because |q c| ≤ 4, is positive", sigma(-4) * most)


@orth_alone.numeric(
    ORTH_ALONE,
    oracle="the bound, adversarial pairs, shares down to 1e-30",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few numbers of size one, each good to some eps",
    samples=10,
)
def _(formula, rng):
    g, energy = adversaries(rng, smallest=1e-30)
    open_gate = gate(nonconflict(g)[0, 1], balance(energy)[0, 1])
    bound = open_gate * ((g[0] ** 2).sum(axis=-1) + (g[1] ** 2).sum(axis=-1) / 2)
    rows = [(form, parts) for form in FORMS for parts in ({"orth"}, {"ear", "orth"})]
    least = np.min([formula(g, energy, form, parts) for form, parts in rows], axis=0)
    return bounded(bound / total(g), least / total(g))


no_ear = Claim(
    id="synorth-descent-no-ear",
    place="ours, on Table 3",
    title="Syn and Orth without EAR still descend jointly",
    statement=r"\tilde r_i = \tilde r_j = 1 \Rightarrow F = \sum_i g_i^\top g_i^{\mathrm{mod}} > 0",
    corrected=r"F > 0 \text{ if } w_{\min} \ge 1.54 \cdot 10^{-4}",
    depends=("synorth-descent-outside",),
    remark="Table 3 has this row. Only extreme shares fail: without r̃ the starved modality's "
    "long gradient has nothing to set against the tiny partner that Orth turns it away from.",
)


@no_ear.proof
def _(proof: Proof) -> None:
    r, alpha, o = sp.symbols("r alpha o", positive=True)
    proof.equal(
        "Without EAR each g_i·g_i^mod is what it is with r̃ on the whole step, divided by r̃_i > 0",
        inner(g_i, r * (alpha * g_i + o * g_j)) / r, inner(g_i, alpha * g_i + o * g_j), sp.expand,
    )  # fmt: skip
    proof.true(
        "so each is positive where both shares are at least 1.54e-4 (synorth-descent-outside); "
        "the larger share always is",
        sp.Gt(HALF, SMALLEST, evaluate=False),
    )
    decisive(proof, "What decides there, at shares below (2 − √3)/4 and |q c| ≤ |q|, is once more")


@no_ear.counterexample
def _(proof: Proof) -> None:
    eta = sp.Symbol("eta", positive=True)
    proof.let(
        "Two blocks, lengths (1, 2) against η(8, 1), both cosines −1, share of i w = η⁴. Then c "
        "= −10/√(5·65) = −2/√13, and D (linear) = c² a²b²/(η⁴ a² + (1 − η⁴) b²) → c² a² as η → 0"
    )
    family = joint_decrease(LENGTHS, [8 * eta, eta], [-1, -1], eta**4, ear=False)
    limit = sigma(-4) - sp.Rational(4, 13) * sigma(-8 / sp.sqrt(13))
    proof.equal(
        "and α_i → 0, q → −4: F/‖g_i‖² tends to σ(−4) − c² σ(4c)",
        sp.limit(family / 5, eta, 0), limit,
    )  # fmt: skip
    proof.refute("which is not positive, about −0.012", sp.Gt(limit, 0, evaluate=False))
    exact = joint_decrease(LENGTHS, [8 * ETA, ETA], [-1, -1], SHARE, ear=False)
    proof.refute(
        "In exact numbers, η = 1/4000 and w = 10⁻⁸, linear Orth: F is not positive",
        sp.Gt(exact, 0, evaluate=False),
    )


@no_ear.numeric(
    WITHOUT_EAR,
    oracle="the counterexample's exact value, linear and exact Orth",
    tolerance=1e-9,
    because="shares of 1e-8 leave 1e-16/1e-8 of relative error",
    samples=4,
)
def _(formula, rng):
    g = from_blocks(np.array([[1.0, 2], [8 / 4000, 1 / 4000]]), np.array([-1.0, -1]))
    energy, form = np.array([1e-8, 1 - 1e-8]), rng.choice(FORMS)
    exact = joint_decrease(LENGTHS, [8 * ETA, ETA], [-1, -1], SHARE, form, ear=False)
    return agree(formula(g, energy, 2, form), float(exact))


@no_ear.numeric(
    WITHOUT_EAR,
    oracle="0, adversarial pairs, shares down to 1.54e-4",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=8,
)
def _(formula, rng):
    g, energy = adversaries(rng, smallest=1.54e-4)
    own = [formula(g, energy, 3, form) / total(g) for form in FORMS]
    return bounded(np.zeros_like(own), own)
