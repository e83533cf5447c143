"""The one trajectory that BounceAV shows and sounds: a body falls, and bounces until it rests.

A drop from height h is the second half of a flight that began at −t_0, t_0 = √(2h/g), with speed
v_0 = g t_0. Each impact keeps the share e of the speed (e² of the energy), so flight k leaves with
v_k = e^k v_0 and lasts 2 v_k / g. Units: the frame's height, seconds.
"""

import numpy as np

Array = np.ndarray

GRAVITY = 16.0  # frame heights per s²: a clip of one second holds two to ten impacts
DURATION = 1.0  # of a clip, in s
RESTITUTION = np.array([0.55, 0.75, 0.65, 0.85])  # by level; the first two are easy to tell apart
IMPACTS = 10  # followed; after that the body rests


def flights(height: Array, restitution: Array) -> tuple[Array, Array]:
    """Start times and speeds of the flights: s_k = t_0 (2 Σ_{j<k} e^j − 1), v_k = e^k v_0.

    Shapes: height h and restitution e (n,) → two of (n, IMPACTS + 1). Flight 0 is the drop.
    """
    fall = np.sqrt(2 * height / GRAVITY)[:, None]
    power = restitution[:, None] ** np.arange(IMPACTS + 1)
    before = np.cumsum(power, axis=1) - power
    return fall * (2 * before - 1), GRAVITY * fall * power


def impacts(height: Array, restitution: Array) -> tuple[Array, Array]:
    """Times of the impacts, and the speeds that the body hits with: flight k ends in impact k.

    Shapes: (n,) and (n,) → two of (n, IMPACTS).
    """
    starts, speeds = flights(height, restitution)
    return starts[:, 1:], speeds[:, :-1]


def height_at(times: Array, height: Array, restitution: Array) -> Array:
    """Height of the body, v_k τ − g τ²/2 in flight k, τ = t − s_k; 0 at rest.

    Shapes: times (T,), height and restitution (n,) → (n, T).
    """
    starts, speeds = flights(height, restitution)
    flight = (times[:, None] >= starts[:, None, :]).sum(axis=-1) - 1
    since = times - np.take_along_axis(starts, flight, axis=1)
    speed = np.take_along_axis(speeds, flight, axis=1)
    return np.maximum(speed * since - GRAVITY * since**2 / 2, 0)


def place_at(times: Array, place: Array, drift: Array) -> Array:
    """Place across the frame, of its width: place + drift (t − ½), kept off the walls by ⅛.

    Shapes: times (..., T) or (T,), place and drift (n,) → (n, T).
    """
    return np.clip(place[:, None] + drift[:, None] * (times - DURATION / 2), 1 / 8, 7 / 8)
