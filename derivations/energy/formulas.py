"""The formulas of the energy and their named wrong twins."""

import numpy as np

from derivations.ledger import Formula
from rgm_ref._scaled import norm
from rgm_ref.bounds import (
    displacement_bound,
    energy_bounds,
    feature_energy_bounds,
    heavy_ball_rate,
    heavy_ball_ratio,
    modulated_energy_bound,
    noisy_energy_bounds,
)
from rgm_ref.energy import cumulative_energy, fisher_trace, synaptic_intelligence


def _lengths(g):
    return norm(g)[..., 0]


def _steps(energy):
    return np.arange(1, energy.shape[-1] + 1)


def _sides(drop, half):
    return drop / (1 + half), drop / (1 - half)


def _used_up(beta, x):
    """`heavy_ball_ratio` without its checks, for twins that leave its range."""
    return ((1 - beta) ** 2 * (1 + beta) + 2 * beta * x) / ((1 - beta) * (2 * (1 + beta) - x))


ENERGY = Formula(
    "Eq. 3, the energy",
    cumulative_energy,
    {
        "norm for squared norm": lambda g, rate: np.cumsum(rate * _lengths(g), axis=-1),
        "rate not squared": lambda g, rate: np.cumsum(rate * _lengths(g) ** 2, axis=-1),
        "rate forgotten": lambda g, rate: cumulative_energy(g, 1.0),
        "mean over the steps for the sum": lambda g, rate: (
            cumulative_energy(g, rate) / np.arange(1, g.shape[-2] + 1)
        ),
        "square of the sum for the sum of squares": lambda g, rate: (
            _lengths(np.cumsum(np.expand_dims(rate, -1) * g, axis=-2)) ** 2
        ),
        "one step late": lambda g, rate: cumulative_energy(g, rate) - (rate * _lengths(g)) ** 2,
    },
)

FISHER = Formula(
    "Eq. 2, the Fisher trace",
    fisher_trace,
    {
        "gradient of the batch for gradients of the samples": lambda g: (
            _lengths(g.mean(axis=-2)) ** 2
        ),
        "sum for mean": lambda g: (_lengths(g) ** 2).sum(axis=-1),
        "norm for squared norm": lambda g: _lengths(g).mean(axis=-1),
        "variance for second moment": lambda g: g.var(axis=-2).sum(axis=-1),
    },
)

WORK = Formula(
    "Synaptic Intelligence, the work",
    synaptic_intelligence,
    {
        "sign of the work": lambda g, moves: -synaptic_intelligence(g, moves),
        "product of lengths for inner product": lambda g, moves: (
            _lengths(g) * _lengths(moves)
        ).sum(axis=-1),
        "energy for work": lambda g, moves: (_lengths(moves) ** 2).sum(axis=-1),
        "total gradient times total displacement": lambda g, moves: (
            -(g.sum(axis=-2) * moves.sum(axis=-2)).sum(axis=-1)
        ),
    },
)

DISPLACEMENT = Formula(
    "t times the energy",
    displacement_bound,
    {
        "number of steps forgotten": lambda energy: energy,
        "root of the number of steps": lambda energy: np.sqrt(_steps(energy)) * energy,
        "one step short": lambda energy: (_steps(energy) - 1) * energy,
    },
)

BOUNDS = Formula(
    "Theorem 1, both sides",
    energy_bounds,
    {
        "2ηΔL above, at every rate (as printed)": lambda drop, rate, smoothness: (
            energy_bounds(drop, rate, smoothness)[0], 2 * rate * drop
        ),
        "missing half": lambda drop, rate, smoothness: _sides(rate * drop, rate * smoothness),
        "sides exchanged": lambda drop, rate, smoothness: (
            energy_bounds(drop, rate, smoothness)[::-1]
        ),
        "rate forgotten": lambda drop, rate, smoothness: _sides(drop, rate * smoothness / 2),
        "smoothness forgotten": lambda drop, rate, smoothness: (rate * drop, rate * drop),
    },
)  # fmt: skip

NOISY = Formula(
    "Theorem 1 under noise",
    noisy_energy_bounds,
    {
        "noise forgotten": lambda drop, rate, smoothness, variance, steps: energy_bounds(
            drop, rate, smoothness
        ),
        "noise of one step only": lambda drop, rate, smoothness, variance, steps: (
            noisy_energy_bounds(drop, rate, smoothness, variance, 1)
        ),
        "deviation for variance": lambda drop, rate, smoothness, variance, steps: (
            noisy_energy_bounds(drop, rate, smoothness, np.sqrt(variance), steps)
        ),
        "rate not squared before the noise": lambda drop, rate, smoothness, variance, steps: (
            energy_bounds(drop + steps * variance, rate, smoothness)
        ),
    },
)

MODULATED = Formula(
    "Theorem 1 for a modulated step",
    modulated_energy_bound,
    {
        "alignment and growth exchanged": lambda drop, rate, smoothness, m, k: (
            modulated_energy_bound(drop, rate, smoothness, k, m)
        ),
        "modulation forgotten (Theorem 1)": lambda drop, rate, smoothness, m, k: energy_bounds(
            drop, rate, smoothness
        )[1],
        "growth as a length, not squared": lambda drop, rate, smoothness, m, k: (
            modulated_energy_bound(drop, rate, smoothness, m, np.sqrt(k))
        ),
        "missing half": lambda drop, rate, smoothness, m, k: (
            rate * drop / (m - smoothness * rate * k)
        ),
    },
)

FEATURES = Formula(
    "feature energy from parameter energy",
    feature_energy_bounds,
    {
        "feature energy taken for parameter energy": lambda energy, low, high: (energy, energy),
        "singular values not squared": lambda energy, low, high: (energy / high, energy / low),
        "largest and smallest exchanged": lambda energy, low, high: (
            energy / low**2, energy / high**2
        ),
        "multiplied for divided": lambda energy, low, high: (energy * low**2, energy * high**2),
    },
)  # fmt: skip

RATIO = Formula(
    "heavy ball's share of the bound",
    heavy_ball_ratio,
    {
        "momentum forgotten": lambda beta, x: 1 / (2 - x),
        "effective rate for rate": lambda beta, x: _used_up(beta, x / (1 - beta)),
        "overdamped limit (1 − β)/2": lambda beta, x: (1 - beta) / 2,
        "sign of β": lambda beta, x: _used_up(-beta, x),
    },
)

RATE = Formula(
    "heavy ball's largest rate",
    heavy_ball_rate,
    {
        "effective rate within 1/L": lambda beta, effective: 1 - beta,
        "sign of β²": lambda beta, effective: 1 + beta**2,
        "momentum forgotten": lambda beta, effective: 1.0,
        "square of the difference": lambda beta, effective: (1 - beta) ** 2,
        "the other reading of the rate": lambda beta, effective: heavy_ball_rate(
            beta, not effective
        ),
    },
)
