"""Losses to descend on, each with its exact gradient and its smoothness."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Scene:
    """A loss of one vector θ, its gradient, and its smoothness L."""

    loss: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    smoothness: float


def ripples(rng: np.random.Generator, width: int = 4) -> Scene:
    """−Σ cos(a·θ) over a few random waves a: hills and valleys, curvature at most ‖A‖²."""
    waves = rng.normal(size=(width + 1, width))
    return Scene(
        lambda theta: -np.cos(theta @ waves.T).sum(axis=-1),
        lambda theta: np.sin(theta @ waves.T) @ waves,
        float(np.linalg.norm(waves, 2) ** 2),
    )


def bowl(curvature: float) -> Scene:
    """The quadratic ½ curvature ‖θ‖², upside down where the curvature is negative."""
    return Scene(
        lambda theta: curvature * (theta**2).sum(axis=-1) / 2,
        lambda theta: curvature * theta,
        abs(curvature),
    )


def descend(
    scene: Scene, start: Array, rate: float, steps: int, momentum: float = 0.0
) -> tuple[Array, Array]:
    """Positions (T + 1, ..., d) and gradients (T, ..., d) of plain descent, or of heavy ball."""
    positions, gradients, velocity = [start], [], np.zeros_like(start)
    for _ in range(steps):
        gradients.append(scene.gradient(positions[-1]))
        velocity = momentum * velocity + rate * gradients[-1]
        positions.append(positions[-1] - velocity)
    return np.stack(positions), np.stack(gradients)


def by_modality(path: Array, modalities: int = 2) -> Array:
    """A path (T, d) cut into the blocks of its modalities, (M, T, d / M)."""
    return np.stack(np.split(path, modalities, axis=-1))


def noisy_paths(
    scene: Scene, start: Array, rates: Iterable[float], noise: Array
) -> tuple[Array, Array, Array]:
    """Losses before and after, and gradients, of descent with given noise (..., T, d)."""
    position, gradients = start + 0 * noise[..., 0, :], []
    before = scene.loss(position)
    for step, rate in enumerate(rates):
        gradients.append(scene.gradient(position) + noise[..., step, :])
        position = position - rate * gradients[-1]
    return before, scene.loss(position), np.stack(gradients, axis=-2)


def coins(sigma: float, steps: int) -> Array:
    """Every sequence of tosses ±σ as noise (2^T, T, 1), all of them equally likely."""
    return sigma * np.array(list(product((-1.0, 1.0), repeat=steps)))[..., None]
