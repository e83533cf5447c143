"""LFM: first match the modalities with one another, then more and more fit the labels.

Yang et al. 2024. The weight a of the classification grows over the epochs.
"""

from itertools import combinations

import numpy as np

from rgm_ref._checks import as_float, as_gradients, one_of, positive
from rgm_ref._scaled import unit
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_logits, as_probabilities, log_softmax

Array = np.ndarray

FORMS = ("code", "jensen-shannon")
FITTED = (0.2046, 3.355e-3, 1.230e-4, -2.929e-6, 2.238e-8, -5.397e-11)


def schedule(epoch: float, epochs: int = 200) -> float:
    """Weight on classification a_e, the official code's polynomial, stretched: e → 200 e / epochs.

    It rises from 0.20 to 1 at e = 178 and ends at 0.92. Between 178 and 188 the polynomial is above
    1 (1.010 at most), which would weigh the matching loss negatively: cut off at 1 (ours). It is
    the default, because the learned weight hardly moves in the released code.
    Raises: ValueError outside of the run. Source: the official code, coefficients to 4 digits.
    """
    if not 0 <= epoch < epochs:
        raise ValueError(f"epoch: got {epoch}, expected 0 <= epoch < {epochs}")
    return min(float(np.polynomial.Polynomial(FITTED)(200 * epoch / epochs)), 1.0)


def heuristic(step: int) -> float:
    """Weight on classification a_t = e^{−1/t}, t = 1, 2, …: matching fades as 1 − e^{−1/t}.

    Raises: ValueError for t < 1. Source: a summary of Yang et al. 2024, not seen in its text.
    """
    if step < 1:
        raise ValueError(f"step: got {step}, expected 1 or more")
    return float(np.exp(-1 / step))


def match(probabilities: Float[Array, "M n K"], form: str = "code") -> float:
    """Matching loss, the mean over samples and pairs of ½ [KL(m‖p) + KL(m‖q)], m = ½ (p + q).

    'jensen-shannon' turns the KLs round, ½ [KL(p‖m) + KL(q‖m)]: the symmetric divergence that the
    code's form is a relative of. Logs are cut off at 1e-12. Shapes: class distributions of the
    modalities (M, n, K) → number. Source: the official code; pairs for M > 2, the benchmark.
    """
    one_of(form, FORMS, "form")
    p = as_probabilities(as_logits(probabilities, "probabilities"), "probabilities")
    pairs = list(combinations(p, 2))
    total = 0.0
    for pair in pairs:
        middle = (pair[0] + pair[1]) / 2
        for one in pair:
            total += _kl(middle, one) / 2 if form == "code" else _kl(one, middle) / 2
    return total / len(pairs)


def _kl(p, q) -> float:
    """(1/n) Σ_i Σ_c p log(p/q)."""
    floor = 1e-12
    ratio = np.log(np.maximum(p, floor)) - np.log(np.maximum(q, floor))
    return float((p * ratio).sum(axis=-1).mean())


def contrast(
    first: Float[Array, "n d"], second: Float[Array, "n d"], temperature: float = 0.1
) -> float:
    """Matching by contrast: −(1/2n) Σ_i [log softmax_j(C_ij / T)_i + log softmax_j(C_ji / T)_i],

    C_ij = cos(z_i, z'_j): each sample must find its partner among all of the batch, both ways.
    The form the paper describes; its exact shape is our reading. Shapes: two modalities (n, d) →
    number. Raises: ValueError for unequal shapes and T <= 0. Source: Yang et al. 2024.
    """
    z, other = as_float(first, "first"), as_float(second, "second")
    if z.shape != other.shape or z.ndim != 2:
        raise ValueError(f"second: got shapes {z.shape} and {other.shape}, expected one (n, d)")
    similar = unit(z) @ unit(other).T / positive(temperature, "temperature")
    found = np.diag(log_softmax(similar)) + np.diag(log_softmax(similar.T))
    return float(-found.mean() / 2)


def loss(weight: float, classification: float, matching: float) -> float:
    """L = 2 [a L_cls + (1 − a) L_mm]: the plain sum at a = ½, twice the joint loss at a = 1.

    Raises: ValueError unless 0 <= a <= 1. Source: the official code.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight: got {weight}, expected between 0 and 1")
    return 2 * (weight * classification + (1 - weight) * matching)


def learn_weight(
    weight: float,
    validation: Float[Array, "d"],
    classification: Float[Array, "d"],
    matching: Float[Array, "d"],
    rate: float,
    weight_rate: float,
) -> float:
    """One step on the weight b = 1 − a of matching, down the classification loss on unseen data:

    ∂L_val(θ − η ∇L)/∂b ≈ −2 η ∇L_val · (∇L_mm − ∇L_cls);  b ← clip(b − η_b ∂L_val/∂b, 0.05, 0.95).
    Shapes: three gradients (d,), numbers → the new a. Source: ours, the one-step form of the
    paper's two levels (its code differentiates by one tensor only).
    """
    names = "validation, classification, matching"
    unseen, labels, partners = as_gradients([validation, classification, matching], names)
    slope = -2 * rate * float(unseen @ (partners - labels))
    return 1 - float(np.clip(1 - weight - weight_rate * slope, 0.05, 0.95))
