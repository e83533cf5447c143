"""What is heard of a BounceAV clip: modal synthesis of its impacts, and the spectrogram of it.

    x(t) = Σ_k (v_k / v_0)^1.3 Σ_j A_j exp(−d_j (t − t_k)) sin(2π f_j (t − t_k))

over impacts k and partials j: f_j = f_0 ρ_j with ρ the partials of the body, f_0 = 420 Hz / size,
and d_j = D (12 + 2.2·10⁻⁶ f_j²), D the damping: high partials die first (Rayleigh damping).
"""

from collections.abc import Mapping

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from rgm_torch.data.bounce_physics import DURATION, RESTITUTION, impacts

Array = np.ndarray

RATE = 8000  # samples per second
SAMPLES = round(RATE * DURATION)
RINGING = 3200  # samples of one impact's sound
BANDS, TIMES, WINDOW = 32, 32, 512  # of the spectrogram; its window in samples
DAMPING = np.array([1.0, 3.5, 1.8, 6.0])
PARTIALS = np.array(
    [
        [1, 1.594, 2.136, 2.296, 2.653],  # disc: a round membrane, zeros of Bessel functions
        [1, 2.5, 4, 5, 6.5],  # square: a supported plate, i² + j²
        [1, 2, 3, 4, 5],  # triangle: a string
        [1, 3, 5, 7, 9],  # cross: a tube closed at one end
        [1, 2.32, 4.25, 6.63, 9.38],  # ring: a wine glass, as measured
        [1, 1.2, 1.5, 2, 2.5],  # star: a church bell, from its strike note up
        [1, 2.756, 5.404, 8.933, 13.344],  # bar: free at both ends, cos β cosh β = 1
        [1, 1.189, 1.414, 1.682, 2],  # moon: a cluster, an octave in four equal steps
    ]
)


def waveforms(table: Mapping[str, Array], rng: np.random.Generator, audio_snr: float) -> Array:
    """Sound of the clips, of power 1/distance² without its noise; silent where it is missing.

    The noise has power 1/frequency, `audio_snr` dB below a sound at distance 1.
    Shapes: (n, SAMPLES) float32.
    """
    times, speeds = impacts(table["height"], RESTITUTION[table["audio_e"]])
    train = _train(times, (speeds / speeds[:, :1]) ** 1.3)
    body = _ringing(table, rng)
    length = next_fast_len(SAMPLES + RINGING, real=True)
    wave = irfft(rfft(train, length) * rfft(body, length), length)[:, :SAMPLES]
    wave /= np.sqrt((wave**2).mean(axis=1, keepdims=True))
    wave /= table["distance"][:, None]
    wave += _noise(len(wave), rng) * np.float32(10 ** (-audio_snr / 20))
    return wave * table["audio_there"][:, None]


def log_mel(wave: Array, loudness: bool = False) -> Array:
    """Log-mel spectrogram log(1 + P/10⁻³), standardised per clip; silence becomes zero.

    With `loudness`, all clips are shifted and scaled alike instead, so that it can be told.
    A window at the start of each of 32 equal stretches of the clip.
    Shapes: (n, SAMPLES) → (n, 32 bands, 32 times).
    """
    padded = np.pad(wave, ((0, 0), (WINDOW // 2, WINDOW // 2)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)
    frames = frames[:, (np.arange(TIMES) * SAMPLES) // TIMES]
    power = np.abs(rfft(frames * np.hanning(WINDOW).astype(np.float32))) ** 2
    level = np.log1p(power @ _mel_bank().T / np.float32(1e-3)).swapaxes(1, 2)
    if loudness:
        return (level - np.float32(9)) / np.float32(2)  # about standardised
    level -= level.mean(axis=(1, 2), keepdims=True)
    return level / (level.std(axis=(1, 2), keepdims=True) + np.float32(1e-3))


def _train(times: Array, strength: Array) -> Array:
    """The impacts as a train of pulses (n, SAMPLES); those after the end are left out."""
    clip, which = np.nonzero(times < DURATION)
    train = np.zeros((len(times), SAMPLES), np.float32)
    np.add.at(train, (clip, (times[clip, which] * RATE).astype(int)), strength[clip, which])
    return train


def _ringing(table: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """Sound of one impact (n, RINGING): five damped partials, each body a little its own."""
    n, count = len(table["size"]), PARTIALS.shape[1]
    base = 420 / table["size"] * 2 ** rng.uniform(-0.15, 0.15, n)
    detuned = 1 + 0.01 * rng.standard_normal((n, count))
    frequency = base[:, None] * PARTIALS[table["audio_r"]] * detuned
    strength = rng.uniform(0.5, 1, (n, count)) / np.sqrt(np.arange(1, count + 1))
    strength[frequency > 0.47 * RATE] = 0  # above what the rate can carry
    damping = DAMPING[table["damping"]] * 2 ** rng.uniform(-0.2, 0.2, n)
    decay = damping[:, None] * (12 + 2.2e-6 * frequency**2)
    return _damped(2j * np.pi * frequency - decay, strength)


def _damped(poles: Array, strength: Array) -> Array:
    """Σ_j A_j Im exp(p_j t), p_j = 2πi f_j − d_j: (n, 5) and (n, 5) → (n, RINGING).

    With t = 64 a + b samples, exp(p t) = exp(64 p a) · exp(p b): a product of two small matrices.
    """
    coarse = np.exp(poles[:, None] * np.arange(0, RINGING, 64)[:, None] / RATE)  # (n, 50, 5)
    fine = np.exp(poles[:, :, None] * np.arange(64) / RATE) * strength[:, :, None]  # (n, 5, 64)
    sound = coarse.astype(np.complex64) @ fine.astype(np.complex64)
    return sound.imag.reshape(len(poles), RINGING)


def _noise(n: int, rng: np.random.Generator) -> Array:
    """Noise of unit power whose spectrum falls like 1/f: (n, SAMPLES)."""
    count = SAMPLES // 2 + 1
    spectrum = rng.standard_normal((n, 2 * count), dtype=np.float32).view(np.complex64)
    spectrum /= np.sqrt(np.maximum(np.arange(count, dtype=np.float32), 4))  # flat below 4 Hz
    spectrum[:, 0] = 0  # no steady part
    noise = irfft(spectrum, SAMPLES)
    return noise / noise.std(axis=1, keepdims=True)


def _mel_bank() -> Array:
    """Triangular filters, even on the mel scale from 80 Hz to half the rate: (32, 257)."""
    low, high = (2595 * np.log10(1 + f / 700) for f in (80, RATE / 2))
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    left, peak, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    frequency = np.fft.rfftfreq(WINDOW, 1 / RATE)
    rise, fall = (frequency - left) / (peak - left), (right - frequency) / (right - peak)
    return np.maximum(0, np.minimum(rise, fall)).astype(np.float32)
