"""Every SynOrth step mixes the modalities, block by block, with numbers read off Gram matrices."""

from typing import Any

import numpy as np
import sympy as sp
from scipy.linalg import block_diag

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import W, w_i, w_j
from derivations.synorth.formulas import MIXING, SYMMETRIC
from derivations.synorth.scene import random_pair
from rgm_ref.synorth import PARTS, synorth

# Gram entries of two blocks, G and H: squared lengths and inner products.
G_ii, G_jj, H_ii, H_jj, t = sp.symbols("G_ii G_jj H_ii H_jj t", positive=True)
G_ij, H_ij = sp.symbols("G_ij H_ij", real=True)
BLOCKS = [(G_ii, G_jj, G_ij), (H_ii, H_jj, H_ij)]


def scalars(blocks):
    """α_i of the first block, its cosine, the whole cosine, the coefficient of g_j in O_i."""
    (p, q, cross), *_ = blocks
    a2, b2, s = (sum(entries) for entries in zip(*blocks, strict=True))
    alpha = sp.sqrt(w_i * (p + q) / p)
    return alpha, cross / sp.sqrt(p * q), s / sp.sqrt(a2 * b2), -w_j * s / (w_i * a2 + w_j * b2)


mixing = Claim(
    id="synorth-mixing",
    place="ours, on Eq. 15",
    title="Every step is a block-wise mixing matrix made of Gram entries and stored energies",
    statement=r"g_i^{\mathrm{mod},(k)} = \sum_j A_{ij}^{(k)}\, g_j^{(k)}, \quad A^{(k)} \text{ a "
    r"function of } G^{(1)}, \ldots, G^{(l)} \text{ and } E \text{ alone}",
    depends=("orth-denominator", "orth-exact"),
    remark="So one pass over the gradients makes the Gram matrices, M × M algebra makes A, and one "
    "pass applies it: no gradient coordinate is ever looked at.",
)


@mixing.proof
def _(proof: Proof) -> None:
    alpha, _, cosine, partner = scalars(BLOCKS)
    proof.let("Every vector in Eq. 15 is g_i^(k) or g_j^(k) times a number; the numbers are these")
    proof.equal("α_i^(k), the factor that gives P_i^(k) the length √(w_i S_k)",
                alpha**2 * G_ii, w_i * (G_ii + G_jj))  # fmt: skip
    proof.equal("c and w̄, which make r̃ and the gates; whole vectors are sums over blocks",
                cosine * sp.sqrt(G_ii + H_ii) * sp.sqrt(G_jj + H_jj), G_ij + H_ij)  # fmt: skip
    s, swapped = G_ij + H_ij, {w_i: w_j, w_j: w_i, G_ii: G_jj, G_jj: G_ii, H_ii: H_jj, H_jj: H_ii}
    mirror = partner.subs(swapped, simultaneous=True)
    proof.equal(
        "and O_i's factor of g_j: with it the linearised constraint s + O_i·g_j + g_i·O_j is met",
        s + partner * (G_jj + H_jj) + mirror * (G_ii + H_ii), 0,
    )  # fmt: skip
    proof.let("For M > 2 the average over partners adds such matrices")
    _exact_orth(proof)


def _exact_orth(proof: Proof) -> None:
    """The exact Orth, too, is a combination with Gram coefficients."""
    p, gap = sp.symbols("p R", positive=True)
    big = gap * (1 + 2 * p)
    s = gap * sp.sqrt(p * (1 + p) / W)
    a2 = sp.Symbol("a^2", positive=True)
    gram = sp.Matrix([[a2, s], [s, (big - w_i * a2) / w_j]])
    proof.let("Exact Orth: with R² = A² − 4 w_i w_j s² put p = (A − R)/(2R), so A = R(1 + 2p)")
    proof.equal(
        "and s² = R² p(1 + p)/(w_i w_j) solves the definition", gap**2, big**2 - 4 * W * s**2
    )
    g_i, g_j = sp.Matrix([[1, 0]]), sp.Matrix([[0, 1]])
    O_i, O_j = p * g_i - w_j * s / gap * g_j, p * g_j - w_i * s / gap * g_i
    proof.let("Claimed: O_i = p g_i − (w_j s/R) g_j and O_j = p g_j − (w_i s/R) g_i")
    proof.equal("They make the pair orthogonal", ((g_i + O_i) * gram * (g_j + O_j).T)[0, 0], 0)
    mu = 2 * s * W / (big + gap)
    zero = sp.zeros(1, 2)
    proof.equal("with the multiplier of claim orth-exact", w_i * O_i + mu * (g_j + O_j), zero)
    proof.equal("for both modalities", w_j * O_j + mu * (g_i + O_i), zero)


@mixing.numeric(
    MIXING,
    oracle="synorth itself, which never forms a Gram matrix; all options, two and three modalities",
    tolerance=1e-9,
    because="the exact form takes the root of a²b² − s², which loses up to half the digits",
    samples=60,
)
def _(formula, rng):
    blocks = int(rng.integers(1, 4))
    g = rng.normal(size=(rng.integers(2, 4), 6))
    energy = rng.gamma(1, size=len(g))
    options: dict[str, Any] = {
        "orth": str(rng.choice(["linear", "exact", "printed"])),
        "slope": str(rng.choice(["paper", "clamped"])),
        "scale": str(rng.choice(["base", "all"])),
        "parts": [part for part in sorted(PARTS) if rng.uniform() < 0.8],
    }
    return agree(formula(g, energy, blocks, **options), synorth(g, energy, blocks, **options))


invariance = Claim(
    id="synorth-invariance",
    place="ours, on Eq. 15",
    title="Rotating and scaling all modalities alike, block by block, commutes with the step",
    statement=r"\mathrm{step}(Q g, E) = Q\,\mathrm{step}(g, E), \; \mathrm{step}(t g, t^2 E) = t\,"
    r"\mathrm{step}(g, E), \quad Q = \mathrm{diag}(Q_1, \ldots, Q_l) \text{ orthogonal}",
    depends=("synorth-mixing",),
    remark="One Q for all modalities. Turning the features of one modality alone changes every "
    "cosine (claim plane-gauge), and a Q that mixes blocks changes the block lengths.",
)


@invariance.proof
def _(proof: Proof) -> None:
    uu, xx, yy = sp.symbols("u·u x·x y·y", positive=True)
    xy, xu, yu = sp.symbols("x·y x·u y·u", real=True)
    gram = sp.Matrix([[xx, xy, xu], [xy, yy, yu], [xu, yu, uu]])
    mirror_x = sp.Matrix([[1, 0, -2 * xu / uu]])
    mirror_y = sp.Matrix([[0, 1, -2 * yu / uu]])
    proof.let(
        "An orthogonal matrix is a product of mirrors x ↦ x − 2 (x·u / u·u) u; take one mirror"
    )
    proof.equal("The images of x and y have the inner product",
                (mirror_x * gram * mirror_y.T)[0, 0], xy, sp.expand)  # fmt: skip
    proof.equal("and the image of x has the squared length",
                (mirror_x * gram * mirror_x.T)[0, 0], xx, sp.expand)  # fmt: skip
    proof.let("so Q changes no block's Gram matrix, and A stays what it was (claim synorth-mixing)")
    own, partner = sp.symbols("A_ii A_ij", real=True)
    mixed = sp.Matrix([[own, partner, -2 * (own * xu + partner * yu) / uu]])
    proof.equal("A mixes modalities, Q coordinates: first A then Q is first Q then A",
                mixed, own * mirror_x + partner * mirror_y, sp.expand)  # fmt: skip
    longer = [tuple(t**2 * entry for entry in block) for block in BLOCKS]
    names = ("α_i", "a block cosine", "the whole cosine", "O_i's factor of g_j")
    for name, scaled, plain in zip(names, scalars(longer), scalars(BLOCKS), strict=True):
        proof.equal(f"Gradients t times as long: t cancels in {name}", scaled, plain)
    E_i, E_j = sp.symbols("E_i E_j", positive=True)
    proof.equal("and from the energies in a share", t**2 * E_i / (t**2 * E_i + t**2 * E_j),
                E_i / (E_i + E_j))  # fmt: skip


@invariance.numeric(
    SYMMETRIC,
    oracle="the step of gradients turned by random block-diagonal Q and scaled by 1e-3 … 1e3",
    tolerance=1e-11,
    because="Q from a QR factorisation is orthogonal to a few eps; gates multiply that by 4",
    samples=30,
)
def _(formula, rng):
    g, energy = random_pair(rng)
    turn = block_diag(*(np.linalg.qr(rng.normal(size=(2, 2)))[0] for _ in range(3)))
    t = 10 ** rng.uniform(-3, 3)
    there = formula(t * g @ turn, t**2 * energy, 3)
    return agree(there @ turn.T / t, formula(g, energy, 3))
