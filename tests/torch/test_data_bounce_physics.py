"""The trajectory of BounceAV against a body that is followed step by step."""

import numpy as np
import pytest

from rgm_torch.data.bounce_physics import (
    DURATION,
    GRAVITY,
    IMPACTS,
    RESTITUTION,
    flights,
    height_at,
    impacts,
    place_at,
)

HEIGHT, E = (x.ravel() for x in np.meshgrid([0.5, 0.73, 1.0], RESTITUTION))


def followed(height: float, e: float, step: float = 1e-5) -> tuple[np.ndarray, list, list]:
    """Heights at every step, impact times and the speeds before them, by small steps in time."""
    y, v, path, times, speeds = height, 0.0, [], [], []
    for n in range(int(DURATION / step)):
        path.append(y)
        y, v = y + v * step - GRAVITY * step**2 / 2, v - GRAVITY * step
        if len(times) == IMPACTS:
            y, v = 0.0, 0.0
        elif y < 0:
            times.append((n + 1) * step)
            speeds.append(-v)
            y, v = 0.0, -e * v
    return np.array(path), times, speeds


def test_the_first_impact_is_that_of_a_free_fall() -> None:
    times, speeds = impacts(HEIGHT, E)
    assert times[:, 0] == pytest.approx(np.sqrt(2 * HEIGHT / GRAVITY))
    assert speeds[:, 0] == pytest.approx(np.sqrt(2 * GRAVITY * HEIGHT))


def test_each_impact_keeps_the_square_of_the_restitution_of_the_energy() -> None:
    _, speeds = impacts(HEIGHT, E)
    assert speeds[:, 1:] ** 2 / speeds[:, :-1] ** 2 == pytest.approx(
        (E**2)[:, None].repeat(IMPACTS - 1, 1)
    )


def test_a_flight_rises_to_where_its_energy_allows() -> None:
    starts, speeds = flights(HEIGHT, E)
    for h, e, start, speed in zip(HEIGHT, E, starts, speeds, strict=True):
        apexes = start + speed / GRAVITY
        reached = np.array([height_at(np.array([t]), np.array([h]), np.array([e])) for t in apexes])
        assert reached.ravel() == pytest.approx(h * e ** (2 * np.arange(IMPACTS + 1)))


@pytest.mark.parametrize(("height", "e"), [(0.5, 0.55), (1.0, 0.85), (0.8, 0.65)])
def test_it_is_where_a_body_followed_step_by_step_is(height: float, e: float) -> None:
    path, times, speeds = followed(height, e)
    found_times, found_speeds = (x[0][: len(times)] for x in impacts(*np.array([[height], [e]])))
    # Each impact of the stepped body is late by up to a step of 1e-5 s: 1.6e-4 of speed, and ten
    # of them add up.
    assert found_times == pytest.approx(times, abs=2e-4)
    assert found_speeds == pytest.approx(speeds, abs=2e-3)
    clock = np.arange(len(path)) * 1e-5
    found = height_at(clock[::100], np.array([height]), np.array([e]))[0]
    assert found == pytest.approx(path[::100], abs=2e-3)


def test_it_never_goes_below_the_floor_nor_above_the_drop_and_comes_to_rest() -> None:
    y = height_at(np.linspace(0, 20, 2001), HEIGHT, E)
    assert y.min() == 0
    assert (y.max(axis=1) <= HEIGHT + 1e-12).all()
    assert (y[:, -1] == 0).all()


def test_it_goes_across_evenly_and_stays_off_the_walls() -> None:
    times = np.linspace(0, 1, 11)
    (middle,) = place_at(times, np.array([0.5]), np.array([0.2]))
    assert middle == pytest.approx(0.4 + 0.2 * times)
    edge = place_at(times, np.array([0.25, 0.75]), np.array([0.3, 0.3]))
    assert (edge.min(), edge.max()) == (0.125, 0.875)
