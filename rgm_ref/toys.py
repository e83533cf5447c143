"""Small multimodal problems with exact gradients and two dials: imbalance and conflict.

A problem has `start()` parameters and `evaluate(parameters)`, which gives the loss, the feature
gradients g_k = ∂L/∂z_k that RGM sees, and `pull`, which carries (modulated) feature gradients back
to the parameters. `descend` in `rgm_ref.descent` trains any of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """Loss, feature gradients (M, ..., d), and the map from feature gradients to parameter gradients."""

    loss: float
    gradients: Array
    pull: Callable[[Array], list[Array]]


@dataclass(frozen=True)
class Quadratic:
    """Each modality's features pulled to a target, L = Σ_k λ_k/2 ‖z_k − t_k‖²; parameters are the z_k.

    From z = 0 the cosine of the pair is that of the targets, `agreement` ∈ [−1, 1], and the energies
    start in the ratio `imbalance`² : 1, so the start can be put anywhere on the plane.
    """

    imbalance: float = 3.0
    agreement: float = -0.5

    @property
    def curvatures(self) -> Array:
        """λ = (imbalance, 1): how fast each modality learns."""
        return np.array([self.imbalance, 1.0])

    @property
    def targets(self) -> Array:
        """Unit targets t_k in the plane, at the angle whose cosine is `agreement`."""
        return np.array([[1.0, 0.0], [self.agreement, np.sqrt(1 - self.agreement**2)]])

    def start(self) -> list[Array]:
        """Both features at 0."""
        return [np.zeros(2), np.zeros(2)]

    def evaluate(self, parameters: list[Array]) -> Evaluation:
        """L and g_k = λ_k (z_k − t_k)."""
        offset = np.stack(parameters) - self.targets
        loss = float((self.curvatures[:, None] * offset**2).sum() / 2)
        return Evaluation(loss, self.curvatures[:, None] * offset, list)


@dataclass(frozen=True)
class Views:
    """A labelled data set seen by M modalities: views (M, n, p), labels (n,) in 0 … K−1."""

    views: Array
    labels: Array

    @classmethod
    def sample(
        cls,
        rng: np.random.Generator,
        size: int = 200,
        classes: int = 4,
        width: int = 8,
        signal: tuple[float, ...] = (3.0, 1.5),
        dispute: float = 0.0,
    ) -> "Views":
        """Class centres of length `signal[k]` in unit noise; with probability `dispute` every
        modality but the first shows a wrong class.
        """
        labels = rng.integers(classes, size=size)
        views = []
        for k, strength in enumerate(signal):
            centres = rng.normal(size=(classes, width))
            centres *= strength / np.linalg.norm(centres, axis=1, keepdims=True)
            wrong = (rng.random(size) < dispute) & (k > 0)
            shown = np.where(wrong, (labels + rng.integers(1, classes, size)) % classes, labels)
            views.append(centres[shown] + rng.normal(size=(size, width)))
        return cls(np.stack(views), labels)


@dataclass(frozen=True)
class Classifier:
    """Concat fusion under a linear head: z_k = φ(x_k V_k), logits Σ_k z_k U_k, mean cross-entropy.

    `hidden=False`: φ is the identity and the head stays as it is, which makes L convex (logistic
    regression). `hidden=True`: φ = tanh and the head is trained (two layers).
    """

    data: Views
    hidden: bool = True
    width: int = 6
    seed: int = 0

    def start(self) -> list[Array]:
        """Encoders V_k (p, d), then head blocks U_k (d, K), with variance 1 / fan-in."""
        rng = np.random.default_rng(self.seed)
        modalities, _, inputs = self.data.views.shape
        classes = self.data.labels.max() + 1
        encoders = [rng.normal(size=(inputs, self.width)) / np.sqrt(inputs) for _ in range(modalities)]
        fan_in = modalities * self.width
        heads = [rng.normal(size=(self.width, classes)) / np.sqrt(fan_in) for _ in range(modalities)]
        return encoders + heads

    def features(self, parameters: list[Array]) -> Array:
        """Features z_k, shape (M, n, d)."""
        raw = self.data.views @ np.stack(parameters[: len(self.data.views)])
        return np.tanh(raw) if self.hidden else raw

    def probabilities(self, parameters: list[Array]) -> Array:
        """Softmax of the joint logits, shape (n, K)."""
        heads = np.stack(parameters[len(self.data.views) :])
        logits = (self.features(parameters) @ heads).sum(axis=0)
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return odds / odds.sum(axis=-1, keepdims=True)

    def accuracy(self, parameters: list[Array]) -> float:
        """Share of samples whose most probable class is the label."""
        return float((self.probabilities(parameters).argmax(axis=-1) == self.data.labels).mean())

    def evaluate(self, parameters: list[Array]) -> Evaluation:
        """L and g_k = (p − y) U_kᵀ / n for every sample."""
        features, p = self.features(parameters), self.probabilities(parameters)
        heads = np.stack(parameters[len(self.data.views) :])
        samples = np.arange(len(p))
        residual = p.copy()
        residual[samples, self.data.labels] -= 1
        residual /= len(p)

        def pull(gradients: Array) -> list[Array]:
            through = gradients * (1 - features**2) if self.hidden else gradients
            encoders = np.swapaxes(self.data.views, -1, -2) @ through
            blocks = np.swapaxes(features, -1, -2) @ residual
            return [*encoders, *(blocks if self.hidden else 0 * blocks)]

        loss = float(-np.log(p[samples, self.data.labels]).mean())
        return Evaluation(loss, residual @ np.swapaxes(heads, -1, -2), pull)
