"""Fig. 1(a): does conflict-only modulation amplify imbalance?"""

import sympy as sp

from derivations.figures.experiments import applied_balance, finding, lowers, raw_balance
from derivations.figures.formulas import KEPT
from derivations.ledger import Claim, Proof, agree
from derivations.symbols import B, a, b, c, g_i, g_j, s, square, w_i, w_j
from rgm_ref._scaled import cosine, norm
from rgm_ref.rules import align, orthogonalize, pcgrad

one_step = Claim(
    id="figure-1a-one-step",
    place="ours, on Fig. 1(a)",
    title="One step of Orth takes the larger part from the modality whose weighted energy is "
    "smaller",
    statement=r"w_i\|g_i\|^2 \ge w_j\|g_j\|^2 \;\Rightarrow\;"
    r" \frac{\|\tilde g_i\|^2}{\|\tilde g_j\|^2} \ge \frac{\|g_i\|^2}{\|g_j\|^2}",
    quote="Conflict-only modulation amplifies imbalance",
    depends=("orth-denominator",),
    remark="With energy shares as weights the condition holds in every step in which the modality "
    "that leads in energy also leads in gradient length, so Orth alone widens the gap. PCGrad "
    "leaves the ratio as it is; Eq. 13 as printed can turn it over.",
)


@one_step.proof
def _(proof: Proof) -> None:
    t, lead = sp.symbols("t h", real=True)
    proof.let(
        "A common factor of the weights drops out of Orth; choose it so that w_i a² + w_j b² = 1, "
        "and call t = w_j b² the part of the adjustment that falls to i"
    )
    scaled = {w_i: (1 - t) / a**2, w_j: t / b**2}
    kept_i = (square(g_i - w_j * s * g_j) / a**2).subs(scaled)
    kept_j = (square(g_j - w_i * s * g_i) / b**2).subs(scaled)
    proof.equal(
        "Orth leaves modality i this part of its energy",
        sp.expand(kept_i), 1 - c**2 * t * (2 - t), sp.expand,
    )  # fmt: skip
    proof.equal(
        "and modality j this part",
        sp.expand(kept_j), 1 - c**2 * (1 - t) * (1 + t), sp.expand,
    )  # fmt: skip
    more = sp.Symbol("h", nonnegative=True)
    proof.nonnegative(
        "w_i a² ≥ w_j b² says 1 − t ≥ t. Put 1 − 2t = h: then i keeps at least as much as j",
        sp.expand((kept_i - kept_j).subs(t, (1 - more) / 2)), c**2 * more, sp.expand,
    )  # fmt: skip
    w_bar = 1 - 2 * (lead / (lead + 2)) ** 2
    proof.nonnegative(
        "and a larger energy ratio 1 + h means less balance: w̄ = 1 − 2(h/(2 + h))² falls with h",
        -sp.diff(w_bar, lead).subs(lead, more), 8 * more / (2 + more) ** 3, sp.factor,
    )  # fmt: skip


@one_step.proof
def _(proof: Proof) -> None:
    turn_i, turn_j = sp.symbols("delta_i delta_j", nonnegative=True)
    proof.let(
        "The exact Orth turns the gradients by δ_i and δ_j and keeps cos² of each angle of the "
        "energy; δ_i + δ_j ≤ π/2 is what is missing to a right angle. At both ends of the trade "
        "the cost falls inwards, so the cheapest turn is stationary"
    )
    cost = w_i * a**2 * sp.sin(turn_i) ** 2 + w_j * b**2 * sp.sin(turn_j) ** 2
    proof.equal(
        "Moving angle from j to i changes the cost at this rate, which is 0 at the minimum",
        sp.diff(cost, turn_i) - sp.diff(cost, turn_j),
        w_i * a**2 * sp.sin(2 * turn_i) - w_j * b**2 * sp.sin(2 * turn_j),
    )
    proof.let("So w_i a² ≥ w_j b² forces sin 2δ_i ≤ sin 2δ_j")
    proof.equal(
        "The difference factors, and the cosine is not negative; so δ_j ≥ δ_i, and i keeps more "
        "(if the cosine is 0 the gradients are parallel, and i, the heavier one, is not turned at "
        "all)",
        sp.sin(2 * turn_j) - sp.sin(2 * turn_i),
        2 * sp.cos(turn_i + turn_j) * sp.sin(turn_j - turn_i),
    )


@one_step.proof
def _(proof: Proof) -> None:
    proof.equal(
        "PCGrad on both sides takes the same part of both energies",
        square(g_i - s / b**2 * g_j) / a**2 - square(g_j - s / a**2 * g_i) / b**2,
        0,
    )
    half = sp.Rational(1, 2)
    numbers = {a: 10, b: 1, c: -half, w_i: sp.Rational(100, 101), w_j: sp.Rational(1, 101)}
    printed = square(g_j - w_i * s / B * g_i) / square(g_i - w_j * s / B * g_j)
    proof.true(
        "Eq. 13 as printed, at 10 : 1 with energy shares and c = −1/2, makes the weak one the "
        "stronger",
        sp.Gt(printed.subs(numbers), 1, evaluate=False),
    )


@one_step.numeric(
    KEPT,
    oracle="1 − c² t(2 − t) with t the share of the adjustment",
    tolerance=1e-12,
    because="a handful of operations on numbers of order 1, each good to 1e-16",
)
def _(formula, rng):
    g, w = rng.normal(size=(2, 5)) * [[3], [1]], rng.dirichlet([1, 1])
    part = w * norm(g)[:, 0] ** 2
    t = part[::-1] / part.sum()
    return agree(formula(g, w), 1 - cosine(*g) ** 2 * t * (2 - t))


orth_run = Claim(
    id="figure-1a-orth",
    place="ours, on Fig. 1(a)",
    title="On the toys, Orth alone lowers the balance of the energies it applies",
    statement=r"\bar w^{\mathrm{applied}}_{\mathrm{Orth}} < \bar w_{\mathrm{joint}}"
    r" \text{ at the end of the run}",
    depends=("figure-1a-one-step",),
    remark="This is Fig. 1(a), with the one-step theorem as its cause. Ten starts at c ≈ −0.5 and "
    "20 steps; from c ≈ −0.9, or with 60 steps, it is the same, and from c ≈ +0.3 the quadratic, "
    "which never fights, shows nothing.",
)


@orth_run.observation
def _() -> dict[str, bool]:
    return finding("Orth: w̄ of applied energies ends lower", lowers(orthogonalize, applied_balance))


general_run = Claim(
    id="figure-1a-run",
    place="ours, on Fig. 1(a)",
    title="On the toys, conflict-only modulation amplifies imbalance, whatever the rule and "
    "whichever energy is counted",
    statement=r"\bar w_{\text{conflict-only}} < \bar w_{\mathrm{joint}} \text{ at the end of the "
    r"run}",
    quote="forcibly aligning the Audio (dominant) and Video (weaker) modalities … exacerbates "
    "imbalance",
    corrected=r"\text{Orth lowers } \bar w \text{ of the applied energies; PCGrad and plain "
    r"alignment}\text{ do so only on some toys, and no rule does in raw energies on all.}",
    depends=("figure-1a-orth",),
    remark="Ours is the universal form of the caption; the paper's own run, on Kinetics-Sounds, is "
    "not repeated here. Ten starts at c ≈ −0.5, 20 steps. Alignment at unchanged length cannot "
    "move the balance in the step itself; what it does to the later gradients goes either way.",
)


@general_run.observation
def _() -> dict[str, bool]:
    return (
        finding("PCGrad: w̄ of applied energies ends lower", lowers(pcgrad, applied_balance))
        | finding("PCGrad: w̄ of raw energies ends lower", lowers(pcgrad, raw_balance))
        | finding("Orth: w̄ of applied energies ends lower", lowers(orthogonalize, applied_balance))
        | finding("Orth: w̄ of raw energies ends lower", lowers(orthogonalize, raw_balance))
        | finding("alignment, lengths kept: w̄ ends lower", lowers(align, applied_balance))
    )
