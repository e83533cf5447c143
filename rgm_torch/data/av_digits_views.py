"""What a microphone and a camera make of a digit: the two views of AV-Digits.

Nothing here knows a label. Every clip gets its own draws: noise, shift, pose, drift, clutter, bar.
"""

import numpy as np
import torch
from scipy.fft import idct
from torch.nn.functional import affine_grid, grid_sample

Array = np.ndarray
Generator = np.random.Generator

BANDS, TIMES = 32, 32  # of a spectrogram; one time is a frame of 25 ms
FRAMES, SIZE = 4, 32  # of a video, in frames and pixels
COEFFICIENTS, MEL_BANDS = 13, 128  # of the cepstra


def spectrogram(frames: Array, starts: Array, lengths: Array, first: Array) -> Array:
    """Log-mel spectrograms of recordings, in dB: S = B x, B the inverse DCT of 13 coefficients.

    With 13 of 128 coefficients kept it is a smooth one: the formants show, the pitch does not.
    B takes the mean of every four of 128 bands as well. A recording begins at time −`first` of its
    picture; outside it the sound is that of its nearest frame, 10 dB down.
    Shapes: frames of all recordings (F, 13); where each of n recordings starts in them, its length
    and `first`, (n,) → (n, 32 bands, 32 times).
    """
    inverse = idct(np.eye(COEFFICIENTS, MEL_BANDS), norm="ortho", axis=1)
    bands = inverse.reshape(COEFFICIENTS, BANDS, -1).mean(axis=2)
    time = np.arange(TIMES) + first[:, None]
    nearest = np.clip(time, 0, lengths[:, None] - 1)
    decibels = frames[starts[:, None] + nearest] @ np.float32(bands)
    outside = (time != nearest)[:, :, None]
    return (decibels - 10 * outside).swapaxes(1, 2)


def noisy(decibels: Array, rng: Generator, audio_snr: float) -> Array:
    """Noise added in power, P = 10^(S/10) + level · tilt_b · e, back to dB, standardised per clip.

    The level is the mean power of the clip over 10^(snr/10); the tilt colours the noise by −10 to
    +10 dB from the lowest to the highest band, another slope for each clip; e is exponential, as
    the power of Gaussian noise in one band is. Shapes: (n, 32, 32) → the same, zero mean, unit sd.
    """
    power = 10 ** (decibels / 10)
    slope = rng.uniform(-1, 1, (len(power), 1, 1)) * np.linspace(-1, 1, BANDS)[:, None]
    tilt = 10**slope / (10**slope).mean(axis=1, keepdims=True)
    level = power.mean(axis=(1, 2), keepdims=True) * 10 ** (-audio_snr / 10)
    heard = 10 * np.log10(power + level * tilt * rng.exponential(size=power.shape))
    heard -= heard.mean(axis=(1, 2), keepdims=True)
    return heard / heard.std(axis=(1, 2), keepdims=True)


def drifting(
    images: Array,
    rng: Generator,
    pool: Array,
    *,
    visual_noise: float,
    occl: float,
    clutter: int,
    speed: float,
) -> Array:
    """Videos of drifting digits, over fragments of other digits, behind a bar, under noise.

    A digit is 0.55 to 0.8 of its size, turned by up to 15°, at first up to 5 px off the middle, and
    drifts by up to `speed` px a frame. A fragment is a 9 px window of an image out of `pool`, at
    0.8 of its ink. A bar of grey, 4 to 6 px wide, hides a part of the share `occl` of the clips.
    Shapes: images (n, 28, 28), pool (p, 28, 28), both in [0, 1] → (n, 4, 32, 32), about
    standardised.
    """
    n = len(images)
    video = _moved(images, rng, scale=(0.55, 0.8), degrees=15, place=5, speed=speed)
    for _ in range(clutter):
        fragments = _windowed(pool[rng.integers(0, len(pool), n)], rng, width=9)
        moved = _moved(fragments, rng, scale=(0.7, 1), degrees=172, place=12, speed=speed)
        video = np.maximum(video, 0.8 * moved)
    video[_bars(n, rng, occl)] = 0.5
    video += visual_noise * rng.standard_normal(video.shape, dtype=np.float32)
    return (video - 0.2) / 0.4


def _moved(
    images: Array,
    rng: Generator,
    *,
    scale: tuple[float, float],
    degrees: float,
    place: float,
    speed: float,
) -> Array:
    """Images (n, 28, 28), scaled, turned and drifting, in frames of 32 px: (n, 4, 32, 32).

    Each pixel p of a frame is read, bilinearly, at Rᵀ(p − c)/scale of the image, c its centre.
    """
    n, middle = len(images), (FRAMES - 1) / 2
    size, angle = rng.uniform(*scale, n), np.deg2rad(rng.uniform(-degrees, degrees, n))
    start, drift = rng.uniform(-place, place, (n, 2)), rng.uniform(-speed, speed, (n, 2))
    centre = start[:, None] + drift[:, None] * (np.arange(FRAMES) - middle)[:, None]  # (n, 4, 2)
    cos, sin = np.cos(angle) / size, np.sin(angle) / size
    turn = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], -2)  # (n, 2, 2)
    shift = -np.einsum("nij,nfj->nfi", turn, centre)
    pixels = images.shape[-1]
    matrix = np.empty((n, FRAMES, 2, 3), np.float32)  # in units where an image is 2 wide
    matrix[..., :2], matrix[..., 2] = turn[:, None] * (SIZE / pixels), shift * (2 / pixels)
    grid = affine_grid(
        torch.from_numpy(matrix).flatten(0, 1), [n * FRAMES, 1, SIZE, SIZE], align_corners=False
    )
    once = torch.from_numpy(np.float32(images))[:, None]
    seen = grid_sample(once, grid.reshape(n, FRAMES * SIZE, SIZE, 2), align_corners=False)
    return seen.reshape(n, FRAMES, SIZE, SIZE).numpy()


def _windowed(images: Array, rng: Generator, width: int) -> Array:
    """A random square window of each image, the rest of it paper."""
    corner = rng.integers(0, images.shape[-1] - width + 1, (len(images), 2, 1))
    place = np.arange(images.shape[-1])
    inside = (place >= corner) & (place < corner + width)  # (n, 2, 28)
    return images * inside[:, 0, :, None] * inside[:, 1, None, :]


def _bars(n: int, rng: Generator, occl: float) -> Array:
    """Which pixels a bar hides: upright or level, in the share `occl` of the clips: (n, 4, 32, 32).

    It stands still while the digit drifts.
    """
    first, width = rng.integers(0, SIZE - 6, (n, 1)), rng.integers(4, 7, (n, 1))
    place = np.arange(SIZE)
    hidden = (place >= first) & (place < first + width) & (rng.random((n, 1)) < occl)
    upright = (rng.random(n) < 0.5)[:, None, None]
    bar = np.where(upright, hidden[:, None, :], hidden[:, :, None])
    return np.broadcast_to(bar[:, None], (n, FRAMES, SIZE, SIZE))
