"""Small multimodal problems with exact gradients: a quadratic, logistic regression, two layers.

Two dials put the start on the plane: `imbalance` multiplies gradients, `agreement` sets their
cosines; the data of the classifiers has three more, see `views`. A problem has `start()` parameters
and `evaluate(parameters)`; `descend` in `descent` trains any of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rgm_ref._checks import positive
from rgm_ref.views import Views

Array = np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """Loss, feature gradients g_k = ∂L/∂z_k of shape (M, ..., d), and their way to the parameters.

    `pull` takes feature gradients, modulated or not, to one gradient per parameter; with those
    given here it is exact.
    """

    loss: float
    gradients: Array
    pull: Callable[[Array], list[Array]]


def directions(modalities: int, agreement: float) -> Array:
    """M unit vectors, the rows of √(1−a) I + β 11ᵀ, whose pairwise cosines all are a = `agreement`.

    Raises: ValueError unless M ≥ 2 and −1/(M−1) ≤ a ≤ 1: M vectors cannot oppose more than that.
    """
    if modalities < 2:
        raise ValueError(f"modalities: got {modalities}, expected at least 2")
    lowest = -1 / (modalities - 1)
    if not lowest <= agreement <= 1:
        raise ValueError(f"agreement: got {agreement}, expected between {lowest:.3g} and 1")
    apart = np.sqrt(1 - agreement)
    together = np.sqrt(max(0, 1 + (modalities - 1) * agreement))  # max: rounding at the lowest
    return apart * np.eye(modalities) + (together - apart) / modalities


def scales(modalities: int, imbalance: float) -> Array:
    """Factors from `imbalance` for the first modality down to 1 for the last, in equal ratios."""
    return np.geomspace(positive(imbalance, "imbalance"), 1, modalities)


@dataclass(frozen=True)
class Quadratic:
    """Each z_k pulled to its own target, L = Σ_k λ_k/2 ‖z_k − t_k‖²; the z_k are the parameters.

    From z = 0 all cosines are `agreement` and the energies are as the squares of λ_k = `scales`.
    No modality sees another: here a conflict is geometry alone, and no conflict costs loss.
    """

    imbalance: float = 3.0
    agreement: float = -0.5
    modalities: int = 2

    def start(self) -> list[Array]:
        """All features at 0."""
        return [np.zeros(self.modalities) for _ in range(self.modalities)]

    def evaluate(self, parameters: list[Array]) -> Evaluation:
        """L and g_k = λ_k (z_k − t_k)."""
        curvature = scales(self.modalities, self.imbalance)[:, None]
        offset = np.stack(parameters) - directions(self.modalities, self.agreement)
        return Evaluation(float((curvature * offset**2).sum() / 2), curvature * offset, list)


@dataclass(frozen=True)
class Classifier:
    """Concat fusion under a linear head: z_k = φ(x_k V_k), logits Σ_k z_k U_k, mean cross-entropy.

    `hidden=False`: φ is the identity and the head is not trained, so L is convex (logistic
    regression). `hidden=True`: φ = tanh and the head is trained (two layers). The dials act on the
    head, as g_k = (p − y) U_kᵀ: `imbalance` scales its blocks U_k, `agreement` correlates them.
    """

    data: Views
    hidden: bool = True
    width: int = 6
    seed: int = 0
    imbalance: float = 1.0
    agreement: float = 0.0

    def start(self) -> list[Array]:
        """Encoders V_k (p, d), then head blocks U_k (d, K), with variance about 1 / fan-in."""
        rng = np.random.default_rng(self.seed)
        modalities, _, inputs = self.data.views.shape
        encoders = rng.normal(size=(modalities, inputs, self.width)) / np.sqrt(inputs)
        heads = rng.normal(size=(modalities, self.width, self.data.classes))
        heads = np.tensordot(directions(modalities, self.agreement), heads, axes=1)
        heads *= scales(modalities, self.imbalance)[:, None, None]
        return [*encoders, *(heads / np.sqrt(modalities * self.width))]

    def mirror(self, parameters: list[Array]) -> list[Array]:
        """The same function in another basis: the last modality's features change sign.

        Its encoder and its head block both do, and φ is odd. See claim figure-1b-mirror.
        """
        encoders, heads = self._split(parameters)
        return [*encoders[:-1], -encoders[-1], *heads[:-1], -heads[-1]]

    def features(self, parameters: list[Array]) -> Array:
        """Features z_k, shape (M, n, d)."""
        encoders, _ = self._split(parameters)
        raw = self.data.views @ np.stack(encoders)
        return np.tanh(raw) if self.hidden else raw

    def probabilities(self, parameters: list[Array]) -> Array:
        """Softmax of the joint logits, shape (n, K)."""
        _, heads = self._split(parameters)
        logits = (self.features(parameters) @ np.stack(heads)).sum(axis=0)
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return odds / odds.sum(axis=-1, keepdims=True)

    def accuracy(self, parameters: list[Array]) -> float:
        """Share of samples whose most probable class is the label."""
        return float((self.probabilities(parameters).argmax(axis=-1) == self.data.labels).mean())

    def evaluate(self, parameters: list[Array]) -> Evaluation:
        """L and, for every sample, g_k = (p − y) U_kᵀ / n."""
        features, p = self.features(parameters), self.probabilities(parameters)
        _, heads = self._split(parameters)
        own = np.arange(len(p)), self.data.labels
        residual = p / len(p)
        residual[own] -= 1 / len(p)

        def pull(gradients: Array) -> list[Array]:
            through = gradients * (1 - features**2) if self.hidden else gradients
            encoders = np.swapaxes(self.data.views, -1, -2) @ through
            blocks = np.swapaxes(features, -1, -2) @ residual
            return [*encoders, *(blocks if self.hidden else np.zeros_like(blocks))]

        loss = float(-np.log(p[own]).mean())
        return Evaluation(loss, residual @ np.swapaxes(heads, -1, -2), pull)

    def _split(self, parameters: list[Array]) -> tuple[list[Array], list[Array]]:
        modalities = len(self.data.views)
        return parameters[:modalities], parameters[modalities:]
