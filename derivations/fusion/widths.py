"""Which formulas need features of one width, and of what Eq. 3 is an update."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof
from derivations.matrices import d, d_i, d_j
from rgm_ref import fusion
from rgm_ref.orthogonal import adjust
from rgm_ref.plane import nonconflict

types = Claim(
    id="fusion-types",
    place="Eqs. 6, 12, 14",
    title="The cosine, Orth and the gates are defined for features of any widths",
    statement=r"c_{ij}, \; g_i + \mathcal O_i \text{ with } \mathcal O_i \parallel g_j, \; "
    r"c_{ij}^{(k)} \quad \text{for } g_i \in \mathbb R^{d_i}, \; g_j \in \mathbb R^{d_j}",
    quote="each encoded by a modality-specific encoder E_k(·) into features z_k = E_k(x_k) ∈ "
    "R^{d_k}",
    condition=r"d_i = d_j",
    remark="The paper lets every modality have its own width. Syn alone would not mind: Eq. 11 "
    "needs block lengths only, and as many blocks in both. Padding with zeros is no way "
    "out: where they go decides what comes out.",
)


@types.proof
def _(proof: Proof) -> None:
    m = sp.Symbol("m", integer=True)
    x, y = sp.symbols("x y", real=True)
    g, h = (sp.IndexedBase(name, real=True)[m] for name in ("g_i", "g_j"))

    def total(term):
        return sp.Sum(term, (m, 1, d))

    proof.let("Let both gradients have d entries, so that one index m runs through both")
    proof.equal(
        "The product of g_i + x g_j and g_j + y g_i, which (12) sets to 0, is then made of the "
        "same three sums as (6), (13) and (14)",
        total((g + x * h) * (h + y * g)),
        (1 + x * y) * total(g * h) + x * total(h**2) + y * total(g**2),
        term_by_term,
    )  # fmt: skip
    w, a, b = sp.symbols("w_i a b", positive=True)
    alpha = sp.sqrt(w * (a**2 + b**2)) / a
    proof.equal(
        "Eq. 11 asks for the block lengths a and b alone, and sets a length, for any widths",
        (alpha * a) ** 2, w * (a**2 + b**2),
    )  # fmt: skip


def term_by_term(expression):
    """Expand; split every sum into its terms and pull their constants out."""
    return sp.expand(expression).replace(lambda e: isinstance(e, sp.Sum), lambda e: e.factor())


@types.counterexample
def _(proof: Proof) -> None:
    g_i, behind, before = sp.Matrix([1, 0]), sp.Matrix([1, 0]), sp.Matrix([0, 1])
    proof.let("Widths 2 and 1: g_i = (1, 0) and g_j = (1), which no product in (6) can take")
    proof.equal("With a zero put behind g_j, c is", g_i.dot(behind), 1)
    proof.equal("with a zero put before it, c is", g_i.dot(before), 0)
    proof.refute(
        "The two gradients determine c only if both are the same",
        sp.Eq(g_i.dot(behind), g_i.dot(before), evaluate=False),
    )


@types.observation
def _():
    wide, narrow = fusion.concat_vjp((3, 2), np.arange(1.0, 6.0))
    return {
        "concatenation hands out gradients of widths 3 and 2": (wide.size, narrow.size) == (3, 2),
        "the reference refuses their cosine, by name": refuses(nonconflict, [wide, narrow]),
        "and their Orth": refuses(adjust, [wide, narrow], [0.5, 0.5]),
    }


def refuses(function, *arguments) -> bool:
    """Whether the function answers with a ValueError that says d_i = d_j."""
    try:
        function(*arguments)
    except ValueError as error:
        return "d_i = d_j" in str(error)
    return False


update = Claim(
    id="fusion-update",
    place="before Eq. 3",
    title="A training step subtracts η g_k from the parameters of the fusion and the head",
    statement=r"\theta^{(t+1)} = \theta^{(t)} - \eta_t \cdot g_k^{(t)}, \quad "
    r"\theta \text{ in the fusion and prediction head}, \quad g_k = \nabla_{z_k} \mathcal L",
    quote="Based on the standard SGD-style update rule",
    corrected=r"\theta_k^{(t+1)} = \theta_k^{(t)} - \eta_t\, g_k^{(t)} "
    r"\frac{\partial z_k}{\partial \theta_k}, \quad \theta_k \text{ the parameters of encoder } k",
    depends=("fusion-jacobians",),
    remark="θ and g_k live in different spaces, and one θ cannot be stepped along two g_k. What "
    "Eq. 3 says of parameters is true of θ_k. Its sum should also run over t = 0 … T − "
    "1, not 1 … T.",
)


@update.proof
def _(proof: Proof) -> None:
    theta, u, v = sp.symbols("theta_k u v", real=True)
    z_1, z_2 = (sp.Function(name)(theta) for name in ("z_1", "z_2"))
    loss = sp.Function("L")(u, v)
    through = {u: z_1, v: z_2}
    proof.let(
        "Let z_k have the entries z_1, z_2, …, functions of a parameter θ_k; two show the rule"
    )
    proof.equal(
        "The slope of the loss in θ_k: each entry of g_k times that entry's slope",
        loss.subs(through).diff(theta).doit(),
        sum(loss.diff(e).subs(through, simultaneous=True) * through[e].diff(theta) for e in (u, v)),
    )  # fmt: skip
    classes, more = sp.Symbol("K", integer=True, positive=True), sp.Symbol("t", nonnegative=True)
    parameters = classes * (d_i + d_j) + classes
    proof.positive(
        "A linear head with K = 1 + t classes on concatenated features has K(d_i + d_j) + K "
        "parameters, which g_i can never match: it has fewer entries, by",
        (parameters - d_i).subs(classes, 1 + more), more * d_i + (1 + more) * (d_j + 1), sp.expand,
    )  # fmt: skip


@update.counterexample
def _(proof: Proof) -> None:
    classes, width = 2, 1
    parameters = sp.Integer(classes * (width + width) + classes)
    proof.let("Two classes and two features of width 1, concatenated: θ has 6 entries, g_i has 1")
    proof.refute("The update needs as many of both", sp.Eq(parameters, width, evaluate=False))
    theta, g_i, g_j = sp.Symbol("theta", real=True), sp.Integer(1), sp.Integer(2)
    proof.let("Where the numbers agree, one θ gets two updates: take g_i = 1, g_j = 2 and η = 1")
    gap = sp.expand((theta - g_i) - (theta - g_j))
    proof.refute("θ − g_i and θ − g_j would have to agree", sp.Eq(gap, 0, evaluate=False))


@update.observation
def _():
    classes, widths = 2, (3, 2)
    head = np.zeros((classes, sum(widths)))  # the head's weights; θ has its biases besides
    slices = fusion.concat_vjp(widths, np.ones(sum(widths)))
    return {
        "no g_k of a concatenation has the size of θ": all(
            part.size != head.size + classes for part in slices
        )
    }
