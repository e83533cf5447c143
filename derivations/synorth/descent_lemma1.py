"""Joint descent, Lemma 1: what Orth can take away, linear and exact."""

import sympy as sp

from derivations.ledger import Claim, Proof, bounded
from derivations.symbols import A, B, W, a, b, c, g_i, g_j, inner, s, w_i, w_j
from derivations.synorth.descent_formulas import LOST
from derivations.synorth.descent_pairs import FORMS, adversaries, total
from derivations.synorth.descent_symbols import h, with_shares
from rgm_ref.energy import shares
from rgm_ref.plane import nonconflict

lemma1 = Claim(
    id="synorth-descent-lemma1",
    place="ours, on Eq. 12",
    title="Orth takes from the joint decrease at most c² times (a² + b²/2), in its linear and "
    "its exact form",
    statement=r"w_i \le \frac12 \Rightarrow D = -(g_i^\top \mathcal O_i + g_j^\top \mathcal O_j) "
    r"\le c^2\left(\|g_i\|^2 + \frac12\|g_j\|^2\right)",
    depends=("orth-denominator", "orth-exact-global"),
    remark="The half in front of the partner is what lets EAR's weakest factor, 1/2, pay for Orth.",
)


@lemma1.proof
def _(proof: Proof) -> None:
    D = s**2 / A
    proof.let("Call i the modality with the smaller share: w_i = 1/2 − h, w_j = 1/2 + h, h ≥ 0")
    proof.equal(
        "Linear form: O_i = −(w_j s/A) g_j and O_j = −(w_i s/A) g_i take away D = s²/A",
        -inner(g_i, -w_j * s / A * g_j) - inner(g_j, -w_i * s / A * g_i), D, with_shares,
    )  # fmt: skip
    proof.nonnegative(
        "This is at most c² B, B = w_i b² + w_j a², with equality at equal lengths: c² B − D is",
        c**2 * B - D, c**2 * W * (a**2 - b**2) ** 2 / A, with_shares,
    )  # fmt: skip
    proof.nonnegative(
        "and B is at most a² + b²/2 because w_i ≤ 1/2: the difference is",
        a**2 + b**2 / 2 - B, w_i * a**2 + h * b**2, with_shares,
    )  # fmt: skip


@lemma1.proof
def _(proof: Proof) -> None:
    p, r, x, delta = sp.symbols("p r x delta", nonnegative=True)
    proof.let(
        "Exact form: the solution projects both gradients on the two axes of one right-angled "
        "cross. Their lines miss a right angle by δ, sin δ = |c|, 0 ≤ δ ≤ π/2 (replace g_j by "
        "−g_j if c < 0). If g_i turns by x, g_j turns by δ − x. Write p = w_i a², r = w_j b²"
    )
    cost = p * sp.sin(x) ** 2 + r * sp.sin(delta - x) ** 2
    across, along = r * sp.sin(2 * delta), p + r * sp.cos(2 * delta)
    proof.equal(
        "The cost of problem (12) is a constant minus half the product of two vectors of the plane",
        cost, (p + r - along * sp.cos(2 * x) - across * sp.sin(2 * x)) / 2,
        lambda e: sp.simplify(sp.expand_trig(e)),
    )  # fmt: skip
    s_d, k_d = sp.symbols("sin_delta cos_delta", nonnegative=True)
    proof.let(
        "So at the optimum the direction 2x is that of (along, across) = p(1, 0) + r(cos 2δ, sin "
        "2δ), a sum of two vectors that lie 2δ ≤ π apart. It lies between them:"
    )
    proof.nonnegative("left of (1, 0), since across =", 2 * r * s_d * k_d)
    proof.equal(
        "and right of (cos 2δ, sin 2δ), the cross product with it being p sin 2δ ≥ 0",
        along * sp.sin(2 * delta) - across * sp.cos(2 * delta), p * sp.sin(2 * delta),
    )  # fmt: skip
    proof.let(
        "Hence both angles δ_i = x and δ_j = δ − x lie in [0, δ]: their sines and cosines s_i, "
        "k_i, s_j, k_j are non-negative, |c| = sin(δ_i + δ_j), C = cos(δ_i + δ_j) ≥ 0, and D = "
        "a² s_i² + b² s_j². (Where w_i a² = w_j b² and the gradients are parallel, the frame is "
        "not unique and the linear form stands in; that is the first half.)"
    )
    C, sine, s_i, s_j, k_i, k_j = sp.symbols("C |c| s_i s_j k_i k_j", nonnegative=True)
    rise, fall, rest = sp.symbols("d_1 d_2 d_3", nonnegative=True)

    def trig(expression):
        """Remainder after using the addition theorems, sin² + cos² = 1 and the names d."""
        rules = [rise - s_i + s_j, fall - k_j + k_i, rest - 1 + C]
        rules += [sine - s_i * k_j - k_i * s_j, C - k_i * k_j + s_i * s_j]
        rules += [k_i**2 + s_i**2 - 1, k_j**2 + s_j**2 - 1]
        order = (rise, fall, rest, sine, C, k_i, k_j, s_i, s_j)
        return sp.reduced(sp.expand(expression), rules, *order)[1]

    proof.nonnegative(
        "No angle turns further than δ: c² − s_i² = sin δ_j · sin(δ + δ_i), the same with i and "
        "j exchanged",
        sine**2 - s_i**2, s_j * (s_i * C + k_i * sine), trig,
    )  # fmt: skip
    proof.nonnegative(
        "The smaller angle, say δ_j, has 2 s_j² ≤ c². With d_1 = s_i − s_j, d_2 = k_j − k_i, d_3 "
        "= 1 − C, all ≥ 0,",
        sine**2 - 2 * s_j**2, C * rest + s_j * rise + k_j * fall, trig,
    )  # fmt: skip
    gap_i, gap_j, more = sp.symbols("e_i e_j e", nonnegative=True)
    proof.let(
        "If δ_j is the smaller angle, put s_i² = c² − e_i and 2 s_j² = c² − e_j, with e_i, e_j ≥ 0"
    )
    proof.nonnegative(
        "Then c²(a² + b²/2) − D is",
        c**2 * (a**2 + b**2 / 2) - a**2 * (c**2 - gap_i) - b**2 * (c**2 - gap_j) / 2,
        a**2 * gap_i + b**2 * gap_j / 2, sp.expand,
    )  # fmt: skip
    proof.equal(
        "If δ_i is the smaller one: exchanging the two angles is allowed and cannot be cheaper, "
        "so (p − r)(s_j² − s_i²) ≥ 0, hence w_i a² ≥ w_j b²",
        p * s_j**2 + r * s_i**2 - p * s_i**2 - r * s_j**2, (p - r) * (s_j**2 - s_i**2), sp.expand,
    )  # fmt: skip
    proof.nonnegative("and a² ≥ b², since w_j ≥ w_i:", w_j - w_i, 2 * h, with_shares)
    proof.nonnegative(
        "With a² = b² + e, 2 s_i² = c² − e_i and s_j² = c² − e_j, c²(a² + b²/2) − D is",
        c**2 * (b**2 + more + b**2 / 2)
        - (b**2 + more) * (c**2 - gap_i) / 2 - b**2 * (c**2 - gap_j),
        c**2 * more / 2 + (b**2 + more) * gap_i / 2 + b**2 * gap_j, sp.expand,
    )  # fmt: skip


@lemma1.numeric(
    LOST,
    oracle="the bound c²(a² + b²/2), adversarial pairs",
    tolerance=1e-12,
    because="D is stationary in the frame's angle: √eps there is eps in D, relative to Σ‖g‖²",
    samples=10,
)
def _(formula, rng):
    g, energy = adversaries(rng)
    bound = nonconflict(g)[0, 1] ** 2 * ((g[0] ** 2).sum(-1) + (g[1] ** 2).sum(-1) / 2) / total(g)
    taken = [formula(g, shares(energy), form) / total(g) for form in FORMS]
    return bounded(taken, [bound, bound])
