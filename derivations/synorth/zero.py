"""Where a block, a gradient or an energy is zero Eq. 15 has no limit; the code has to choose."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import A, a, b, c, w_i
from derivations.synorth.formulas import STEP
from derivations.synorth.scene import HALF, random_pair, row, sigma

eps, beta, w = sp.symbols("epsilon beta w", positive=True)
kappa = sp.Symbol("kappa", real=True)

differentiable = Claim(
    id="synorth-differentiable",
    place="Eq. 15",
    title="The step is fully differentiable",
    statement=r"g \mapsto g^{\mathrm{mod}} \text{ is differentiable for every } g",
    quote="in a fully differentiable and data-driven manner",
    condition=r"g_i^{(k)} \ne 0 \text{ and } g_j^{(k)} \ne 0 \text{ in every block, } E_i, E_j > 0",
    depends=("orth-denominator",),
    remark="At a zero block the step does not even have a limit: √w times the direction of a "
    "vector that has none. With l = d, blocks of one feature, it jumps wherever a coordinate "
    "changes sign. (The exact Orth excludes one more set, parallel gradients with w_i‖g_i‖² = "
    "w_j‖g_j‖².)",
)


@differentiable.proof
def _(proof: Proof) -> None:
    proof.let("Away from these sets Eq. 15 is made of sums, products and the following pieces")
    proof.positive("Quotients by block lengths, in α and the cosines, and their product", a * b)
    proof.positive("a root, in α, of", w_i * (a**2 + b**2))
    proof.positive("the quotient by the denominator of Orth", A)
    proof.positive("the gates' quotient by", 1 + sp.exp(-c))
    E_i, E_j = sp.symbols("E_i E_j", positive=True)
    proof.positive("and a power of the ratio, in r̃", (E_i + E_j) / (2 * E_i))
    proof.let("Each has derivatives of every order where its argument is positive, so has the step")


@differentiable.counterexample
def _(proof: Proof) -> None:
    own, partner = row([eps], [beta], [kappa], HALF)
    proof.let("One block, equal shares; g_i = ε u with |u| = 1 shrinks, g_j has length β")
    along_u = sp.limit(sp.simplify(own[0] * eps), eps, 0)
    along_g_j = sp.limit(partner, eps, 0)
    proof.equal("The limit of g_i^mod along u", along_u, sigma(4 * kappa) * beta / sp.sqrt(2))
    proof.equal("and along g_j", along_g_j, 0)
    proof.let("Take u orthogonal to g_j (κ = 0), and its opposite −u")
    limit = along_u.subs({kappa: 0, beta: 1})
    proof.refute(
        "The two limits agree: components along u",
        sp.Eq(limit, -limit, evaluate=False),
    )


@differentiable.numeric(
    STEP,
    oracle="the limit r̃ σ(q κ) √w ‖g_j‖ u at a gradient of length 1e-9",
    tolerance=1e-6,
    because="the limit is approached linearly, 1e-9 times (1 − γ)/(γ √w), which may reach 1e3",
    samples=30,
)
def _(formula, rng):
    g, energy = random_pair(rng, width=3)
    u = g[0] / np.linalg.norm(g[0])
    length = np.linalg.norm(g[1])
    cosine, share = u @ g[1] / length, energy[0] / energy.sum()
    gate = 1 / (1 + np.exp(-4 * (8 * share * (1 - share) - 1) * cosine))
    limit = (1 / (2 * share)) ** ((1 + cosine) / 2) * gate * np.sqrt(share) * length * u
    return agree(formula(np.stack([1e-9 * length * u, g[1]]), energy, 1)[0], limit)


zero = Claim(
    id="synorth-zero",
    place="ours, on Eq. 15",
    title="The step is defined for every gradient and every energy",
    statement=r"g^{\mathrm{mod}} \text{ is given by Eq. 15 also where } g_i = 0 \text{ or } E_i = "
    r"0",
    corrected=r"\text{By definition } c = \kappa_k = 0 \text{ and } \mathcal P_i^{(k)} = 0 \text{ "
    r"at a zero, so } g_i = 0 \text{ gives } g_i^{\mathrm{mod}} = 0, \; g_j^{\mathrm{mod}} = "
    r"\sqrt{r_j}\,\frac{1 + \sqrt{w_j}}{2}\, g_j; \quad E_i = E_j = 0 \text{ gives } w_i = "
    r"\frac12, \; r_i = 1",
    depends=("synorth-differentiable",),
    remark="The very first step needs this if the energy is read before it is written. Beside a "
    "zero gradient the other one is not left alone: at equal shares it keeps 85 % of its length.",
)


@zero.proof
def _(proof: Proof) -> None:
    proof.let("Zero gradient g_i: with c = κ = 0 every gate is ½, r̃_j = r_j^½, O = 0")
    own, partner = row([b], [eps], [0], w)
    proof.equal("The partner's factor of the vanished g_i is", partner, 0)
    r_j = 1 / (2 * w)
    proof.equal(
        "and with the partner's length gone from S its own factor is √r_j (1 + √w_j)/2",
        own[0].subs(eps, 0), sp.sqrt(r_j) * (1 + sp.sqrt(w)) / 2,
    )  # fmt: skip
    proof.let("No energy yet: w_i = w_j = ½ by definition, perfect balance")
    own, partner = row([a], [b], [c], HALF)
    proof.equal("r̃ is 1, q is 4, and the own factor is", own[0],
                sigma(4 * c) * sp.sqrt((a**2 + b**2) / 2) / a + 1 - sigma(4 * c))  # fmt: skip
    proof.equal("and the partner's", partner, -(1 - sigma(4 * c)) * a * b * c / (a**2 + b**2))


@zero.counterexample
def _(proof: Proof) -> None:
    E_i, E_j = sp.symbols("E_i E_j", positive=True)
    share = E_i / (E_i + E_j)
    proof.let("Let both energies go to 0, once as E_i = E_j and once as E_i = 2 E_j")
    equal, double = (
        sp.limit(share.subs(E_j, E_i), E_i, 0),
        sp.limit(share.subs(E_i, 2 * E_j), E_j, 0),
    )
    proof.refute("The share has one limit there", sp.Eq(equal, double, evaluate=False))


@zero.numeric(
    STEP,
    oracle="the values written out by hand: a zero gradient, zero energies",
    tolerance=1e-14,
    because="a product of three numbers",
    samples=20,
)
def _(formula, rng):
    g, energy = random_pair(rng)
    g[0] = 0
    share = energy[1] / energy.sum()
    partner = np.sqrt(1 / (2 * share)) * (1 + np.sqrt(share)) / 2 * g[1]
    fresh = formula(g, np.zeros(2), 2)[1]
    written = np.stack([0 * partner, partner, (1 + np.sqrt(0.5)) / 2 * g[1]])
    return agree(np.stack([*formula(g, energy, 2), fresh]), written)
