"""Table 3's rows: with parts switched off Eq. 15 becomes the single rules."""

import sympy as sp

from derivations.ledger import Claim, Formula, Proof, agree
from derivations.symbols import a, b, c
from derivations.synorth.formulas import parts_of
from derivations.synorth.scene import HALF, random_pair, row
from rgm_ref.synorth import PARTS, synorth

parts = Claim(
    id="synorth-parts",
    place="Table 3",
    title="With parts switched off the step is the single rules; with all off, the gradient",
    statement=r"\text{EAR: } \tilde r_i g_i, \quad \text{Syn: } \mathcal G_k [\gamma_l \mathcal "
    r"P_i^{(k)} + (1-\gamma_l) g_i^{(k)}], \quad \text{Orth: } g_i + (1-\gamma_g)\mathcal O_i, "
    r"\quad \text{none: } g_i",
    remark="Off means r̃ = 1, P = g, O = 0: the values these parts take by themselves at balance, "
    "at equal lengths and without conflict. For a pair 'none' gives back the gradient bit for bit.",
)


@parts.proof
def _(proof: Proof) -> None:
    r, g_l, g_g = sp.symbols("r gamma_l gamma_g", positive=True)
    u, v = sp.symbols("g_i O_i", real=True)
    step = r * (g_l * u + (1 - g_l) * u) + (1 - g_g) * v
    proof.let("Off means r̃ = 1, P = g, O = 0. Any one coordinate of Eq. 15 is then")
    proof.equal("Syn alone is its definition; EAR alone (P = g, O = 0) is", step.subs(v, 0), r * u)
    proof.equal("Orth alone (P = g, r̃ = 1) is", step.subs(r, 1), u + (1 - g_g) * v)
    proof.equal("and none (P = g, r̃ = 1, O = 0) is", step.subs({r: 1, v: 0}), u)
    proof.let("These values are Eq. 15's own: two blocks, equal energies, equal block lengths")
    own, partner = row([a, b], [a, b], [c, -(a**2) * c / b**2], HALF)
    proof.equal("r̃ = 1 and P = g there, so the own factor is", own[0], 1)
    proof.equal("and with block cosines that cancel, c = 0, the partner's is", partner, 0)


def _parts_by_hand(g, energy, blocks, on):
    """The single rules composed as Table 3 names them."""
    r, gates, aligned, opening, turn = parts_of(g, energy, blocks)
    step = gates * aligned + (1 - gates) * g if "syn" in on else g
    step = r * step if "ear" in on else step
    return step + opening * turn if "orth" in on else step


PARTED = Formula(
    "Eq. 15 with parts",
    lambda g, e, n, on: synorth(g, e, n, parts=on),
    {
        "EAR never off": lambda g, e, n, on: synorth(g, e, n, parts={*on, "ear"}),
        "Syn off makes the gates ½": lambda g, e, n, on: (
            _parts_by_hand(g, e, n, on) if "syn" in on else _parts_by_hand(g, e, n, on) / 2
        ),
        "the gate of Orth open": lambda g, e, n, on: (
            _parts_by_hand(g, e, n, on) + ("orth" in on) * _closed_share(g, e, n)
        ),
    },
)


def _closed_share(g, energy, blocks):
    """γ_g O, what the gate keeps back."""
    _, _, _, opening, turn = parts_of(g, energy, blocks)
    return (1 - opening) * turn


@parts.numeric(
    PARTED,
    oracle="EAR, Syn and Orth composed from their own functions, all eight rows",
    tolerance=1e-13,
    because="the same products in another order",
    samples=40,
)
def _(formula, rng):
    g, energy = random_pair(rng)
    on = {part for part in sorted(PARTS) if rng.uniform() < 0.5}
    return agree(formula(g, energy, 2, on), _parts_by_hand(g, energy, 2, on))


@parts.numeric(
    PARTED,
    oracle="the plain gradient, bit for bit, with every part off",
    tolerance=0,
    because="0 + 1·g + 0 and a division by 1 are exact",
    samples=10,
)
def _(formula, rng):
    g, energy = random_pair(rng)
    return agree(formula(g, energy, 2, set()), g)
