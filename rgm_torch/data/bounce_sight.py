"""What is seen of a BounceAV clip: eight frames of a spinning, textured body on its trajectory."""

from collections.abc import Callable, Mapping

import numpy as np

from rgm_torch.data.bounce_labels import BODIES
from rgm_torch.data.bounce_physics import DURATION, RESTITUTION, height_at, place_at

Array = np.ndarray

FRAMES, SIZE = 8, 24  # of a video, in frames and pixels

# Each silhouette by how far a point is outside it (about; negative inside), in body radii.
SILHOUETTES: tuple[Callable[[Array, Array], Array], ...] = (
    lambda x, y: np.hypot(x, y) - 1,  # disc
    lambda x, y: np.maximum(abs(x), abs(y)) - 0.82,  # square
    lambda x, y: np.maximum(0.866 * abs(x) + 0.5 * y, -y) - 0.55,  # triangle
    lambda x, y: np.minimum(_box(x, y, 0.33, 1), _box(x, y, 1, 0.33)),  # cross
    lambda x, y: abs(np.hypot(x, y) - 0.78) - 0.27,  # ring
    lambda x, y: np.hypot(x, y) - (0.72 + 0.3 * np.cos(5 * np.arctan2(y, x))),  # star
    lambda x, y: _box(x, y, 1.15, 0.42),  # bar
    lambda x, y: np.maximum(np.hypot(x, y) - 1, 0.75 - np.hypot(x - 0.45, y)),  # moon
)

# Each texture by its brightness at a point, in body radii.
PATTERNS: tuple[Callable[[Array, Array], Array], ...] = (
    lambda x, y: np.ones_like(x),  # plain
    lambda x, y: 0.55 + 0.45 * np.sign(np.sin(7 * x)),  # striped
    lambda x, y: 0.55 + 0.45 * np.sign(np.sin(5 * x) * np.sin(5 * y)),  # checked
    lambda x, y: np.minimum(0.3 + np.hypot(x, y), 1),  # shaded
)


def radius(size: Array, pixels: int = SIZE) -> Array:
    """Radius of a body in pixels: 2.6 to 4.8 of 24."""
    return (2.6 + 2.2 * (size - 0.7) / 0.6) * pixels / 24


def video(
    table: Mapping[str, Array],
    rng: np.random.Generator,
    *,
    visual_noise: float,
    occl: float,
    distract: int,
) -> Array:
    """Frames of the clips: (n, 8, 24, 24) float32, about standardised.

    The body, on a smooth background, before `distract` still bodies of random kinds, behind an
    upright bar in the share `occl` of the clips, under noise. Only noise where it is missing.
    """
    n = len(table["size"])
    contrast = _column(rng.uniform(0.5, 1, n))
    body = _body(table, rng)
    image = _background(n, rng) + contrast * body
    for _ in range(distract):
        other = 0.6 * contrast * _still(table, rng)
        image = np.where(body > 0.05, image, np.maximum(image, other))
    first, hidden = rng.integers(2, SIZE - 6, (n, 1)), rng.random((n, 1)) < occl
    bar = hidden & (np.arange(SIZE) >= first) & (np.arange(SIZE) < first + 4)
    image = np.where(bar[:, None, None, :], np.float32(0.35), image)
    image *= _column(table["video_there"])
    image += np.float32(visual_noise) * rng.standard_normal(image.shape, dtype=np.float32)
    return (image - np.float32(0.15)) / np.float32(0.35)


def _body(table: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """The body along its trajectory, 1 where it is bright: (n, 8, 24, 24)."""
    n, r = len(table["size"]), radius(table["size"]) * table["scale"] / table["distance"]
    times = (np.arange(FRAMES) + 0.5) * DURATION / FRAMES
    rise = height_at(times, table["height"], RESTITUTION[table["video_e"]])
    row = (SIZE - 1.5 - r)[:, None] - 0.72 * SIZE * rise
    column = SIZE * place_at(times, table["place"], table["drift"])
    start, spin = rng.uniform(-0.15 * np.pi, 0.15 * np.pi, n), rng.uniform(-2, 2, n)
    x, y = _turned(column, row, start[:, None] + spin[:, None] * times, r)
    shape = _painted(table["video_r"], SILHOUETTES, x, y) * _column(r)
    return np.clip(0.5 - shape, 0, 1) * _painted(table["texture"], PATTERNS, x, y)


def _still(table: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """A smaller body of a random kind anywhere, the same in all frames: (n, 1, 24, 24)."""
    n = len(table["size"])
    r = radius(table["size"]) * rng.uniform(0.5, 0.9, n)
    column, row = rng.uniform(3, SIZE - 3, (2, n, 1))
    x, y = _turned(column, row, np.zeros((n, 1)), r)
    shape = _painted(rng.integers(0, len(BODIES), n), SILHOUETTES, x, y) * _column(r)
    return np.clip(0.5 - shape, 0, 1)


def _turned(column: Array, row: Array, angle: Array, r: Array) -> tuple[Array, Array]:
    """Every pixel as the body sees it, in body radii: two of (n, T, 24, 24), for (n, T) each."""
    cos, sin = (_pixels(f(angle) / r[:, None]) for f in (np.cos, np.sin))
    pixel = np.arange(SIZE, dtype=np.float32)
    right, down = pixel - _pixels(column), pixel[:, None] - _pixels(row)
    return cos * right + sin * down, cos * down - sin * right


def _painted(kind: Array, painters: tuple[Callable, ...], x: Array, y: Array) -> Array:
    """What the painter of each clip's kind makes of its points."""
    out = np.empty_like(x)
    for k in np.unique(kind):
        out[kind == k] = painters[k](x[kind == k], y[kind == k])
    return out


def _background(n: int, rng: np.random.Generator) -> Array:
    """A plane of light, tilted at random: (n, 1, 24, 24)."""
    across, along = (_column(slope) for slope in rng.uniform(-0.3, 0.3, (2, n)))
    pixel = np.arange(SIZE, dtype=np.float32) / SIZE - np.float32(0.5)
    return across * pixel + along * pixel[:, None]


def _box(x: Array, y: Array, width: float, height: float) -> Array:
    """How far a point is outside a box of these half sides."""
    return np.maximum(abs(x) - width, abs(y) - height)


def _column(values: Array) -> Array:
    """(n,) → (n, 1, 1, 1) in single precision."""
    return values.astype(np.float32)[:, None, None, None]


def _pixels(values: Array) -> Array:
    """(n, T) → (n, T, 1, 1) in single precision."""
    return values.astype(np.float32)[:, :, None, None]
