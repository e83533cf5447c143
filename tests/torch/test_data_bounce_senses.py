"""What is heard, seen and felt of a bounce, against the physics that it is made of."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import jn_zeros

from rgm_torch.data.bounce_labels import BODIES, DAMPINGS, TEXTURES
from rgm_torch.data.bounce_physics import RESTITUTION, impacts
from rgm_torch.data.bounce_sight import PATTERNS, SILHOUETTES, SIZE, radius, video
from rgm_torch.data.bounce_sound import DAMPING, PARTIALS, RATE, SAMPLES, log_mel, waveforms
from rgm_torch.data.bounce_touch import DECAY, FOOTPRINTS, SENSORS, pressure

CLEAN = {"visual_noise": 0.0, "occl": 0.0, "distract": 0}
QUIET = 300.0  # dB: no noise to speak of


def table(n: int = 8, **facts) -> dict[str, np.ndarray]:
    """Facts of n clips: middling bodies dropped in the middle, but for what is given."""
    base = {
        **dict.fromkeys(("audio_r", "video_r", "touch_r", "damping", "texture"), 0),
        **dict.fromkeys(("audio_e", "video_e"), 0),
        **dict.fromkeys(("audio_there", "video_there"), True),
        **{"size": 1.0, "height": 0.8, "place": 0.5, "drift": 0.0, "scale": 1.0, "distance": 1.0},
    }
    return {name: np.broadcast_to(facts.get(name, value), n) for name, value in base.items()}


def test_there_is_one_of_each_kind() -> None:
    assert len(PARTIALS) == len(SILHOUETTES) == len(FOOTPRINTS) == len(BODIES)
    assert len(DAMPING) == len(DAMPINGS)
    assert len(PATTERNS) == len(TEXTURES)
    assert len(np.unique(PARTIALS, axis=0)) == len(np.unique(FOOTPRINTS, axis=0)) == len(BODIES)


def test_partials_are_those_of_the_bodies_named() -> None:
    by_name = dict(zip(BODIES, PARTIALS, strict=True))
    zeros = np.sort(np.concatenate([jn_zeros(m, 3) for m in range(4)]))[:5]
    assert by_name["disc"] == pytest.approx(zeros / zeros[0], abs=1e-3)
    plate = sorted({i**2 + j**2 for i in range(1, 4) for j in range(1, 4)})[:5]
    assert by_name["square"] == pytest.approx(np.array(plate) / plate[0])
    assert by_name["triangle"] == pytest.approx(np.arange(1, 6))
    assert by_name["cross"] == pytest.approx(2 * np.arange(1, 6) - 1)
    roots = [
        brentq(lambda b: np.cos(b) - 1 / np.cosh(b), k * np.pi, (k + 1) * np.pi)
        for k in (1, 2, 3, 4, 5)
    ]
    assert by_name["bar"] == pytest.approx((np.array(roots) / roots[0]) ** 2, abs=1e-3)
    assert by_name["moon"] == pytest.approx(2 ** (np.arange(5) / 4), abs=1e-3)


def test_sound_begins_with_the_first_impact_and_not_before(rng: np.random.Generator) -> None:
    facts = table(4, height=np.array([0.5, 0.6, 0.8, 1.0]))
    wave = waveforms(facts, rng, QUIET)
    assert wave.shape == (4, SAMPLES)
    first = impacts(facts["height"], RESTITUTION[facts["audio_e"]])[0][:, 0]
    loud = abs(wave) > 0.01 * abs(wave).max(axis=1, keepdims=True)
    # An impact starts at a sample; a sine is loud a few samples later.
    assert loud.argmax(axis=1) / RATE == pytest.approx(first, abs=5 / RATE)


@pytest.mark.parametrize("body", range(len(BODIES)))
def test_the_partials_of_the_body_are_in_its_sound(body: int, rng: np.random.Generator) -> None:
    facts = table(1, audio_r=body, size=1.3)
    wave = waveforms(facts, rng, QUIET)[0]
    power = np.abs(np.fft.rfft(wave, 8 * SAMPLES)) ** 2
    frequency = np.fft.rfftfreq(8 * SAMPLES, 1 / RATE)
    low = (frequency > 420 / 1.3 * 0.85) & (frequency < 420 / 1.3 * 1.15)
    base = frequency[low][power[low].argmax()]
    for ratio in PARTIALS[body][base * PARTIALS[body] < 0.4 * RATE]:
        near = abs(frequency / (base * ratio) - 1) < 0.06  # each partial is detuned by 1 %, sd
        around = abs(frequency / (base * ratio) - 1) < 0.3
        assert power[near].max() > 3 * np.median(power[around])


def test_the_more_damped_the_shorter_it_rings(rng: np.random.Generator) -> None:
    facts = table(400, damping=np.arange(400) % 4, height=1.0)
    wave = waveforms(facts, rng, QUIET) ** 2
    first = int(np.sqrt(2 / 16) * RATE)
    ring = wave[:, first : first + 2400]  # until the second impact, after 0.389 s
    centre = (ring * np.arange(2400)).sum(axis=1) / ring.sum(axis=1)
    means = [centre[facts["damping"] == k].mean() for k in range(4)]
    assert np.argsort(means).tolist() == np.argsort(-DAMPING).tolist()


def test_later_impacts_are_weaker_as_told(rng: np.random.Generator) -> None:
    facts = table(50, damping=3, audio_e=1, height=0.5)
    times, speeds = impacts(facts["height"], RESTITUTION[facts["audio_e"]])
    wave = waveforms(facts, rng, QUIET)
    starts = (times[0, :3] * RATE).astype(int)  # 0.28 s apart and more; it rings for 0.03
    energy = np.stack([(wave[:, s : s + 700] ** 2).sum(axis=1) for s in starts], 1)
    told = (speeds[:, :3] / speeds[:, :1]) ** 2.6
    assert energy / energy[:, :1] == pytest.approx(told, rel=0.02)


def test_noise_has_the_power_that_the_dial_says(rng: np.random.Generator) -> None:
    facts = table(20)
    clean = waveforms(facts, np.random.default_rng(1), QUIET)
    noisy = waveforms(facts, np.random.default_rng(1), -6.0)
    assert (clean**2).mean(axis=1) == pytest.approx(1, rel=1e-4)
    noise = noisy - clean
    assert (noise**2).mean(axis=1) == pytest.approx(10**0.6, rel=1e-3)
    spectrum = (np.abs(np.fft.rfft(noise)) ** 2).mean(axis=0)
    octaves = [spectrum[2**k : 2 ** (k + 1)].sum() for k in range(5, 11)]
    assert max(octaves) / min(octaves) < 1.6  # 1/f: as much in every octave; 20 clips


def test_silence_is_zero(rng: np.random.Generator) -> None:
    facts = table(3, audio_there=np.array([True, False, True]))
    wave = waveforms(facts, rng, 0.0)
    assert (wave[1] == 0).all()
    picture = log_mel(wave)
    assert (picture[1] == 0).all()
    assert picture[[0, 2]].std(axis=(1, 2)) == pytest.approx(1, abs=2e-3)


def test_a_tone_is_in_its_band() -> None:
    time = np.arange(SAMPLES) / RATE
    tones = np.sin(2 * np.pi * np.array([[200.0], [800.0], [3000.0]]) * time).astype(np.float32)
    loudest = log_mel(tones).mean(axis=2).argmax(axis=1)
    low, high = (2595 * np.log10(1 + f / 700) for f in (80, 4000))
    mel = 2595 * np.log10(1 + np.array([200, 800, 3000]) / 700)
    assert loudest == pytest.approx((mel - low) / (high - low) * 33 - 1, abs=0.8)


@pytest.mark.parametrize("body", range(len(BODIES)))
def test_the_body_is_where_its_trajectory_says(body: int, rng: np.random.Generator) -> None:
    facts = table(6, video_r=body, place=np.linspace(0.3, 0.7, 6))
    image = video(facts, rng, **CLEAN) * 0.35 + 0.15
    back = np.median(image, axis=(2, 3), keepdims=True)
    ink = np.maximum(image - back - 0.25, 0)  # above the background, which is tilted by ±0.3
    x = (ink.sum(axis=2) * np.arange(SIZE)).sum(axis=2) / ink.sum(axis=(2, 3))
    # Moon and triangle do not balance on their centre: up to half a radius off, 1.9 px.
    assert abs(x - SIZE * facts["place"][:, None]).max() < (2.2 if body in (2, 7) else 1.0)
    y = (ink.sum(axis=3) * np.arange(SIZE)).sum(axis=2) / ink.sum(axis=(2, 3))
    assert y.argmin(axis=1).tolist() == [0] * 6  # highest at the start


def test_silhouettes_have_the_extent_they_should() -> None:
    grid = np.linspace(-1.4, 1.4, 281)
    x, y = np.meshgrid(grid, grid)
    for name, shape in zip(BODIES, SILHOUETTES, strict=True):
        inside = shape(x, y) < 0
        reach = np.hypot(x, y)[inside].max()
        assert 0.95 <= reach <= 1.25, name
    area = {n: (s(x, y) < 0).mean() * 2.8**2 for n, s in zip(BODIES, SILHOUETTES, strict=True)}
    assert area["disc"] == pytest.approx(np.pi, rel=0.02)
    assert area["square"] == pytest.approx(1.64**2, rel=0.02)
    assert area["bar"] == pytest.approx(2.3 * 0.84, rel=0.02)
    assert radius(np.array([0.7, 1.3])) == pytest.approx([2.6, 4.8])


def test_a_missing_picture_holds_noise_only(rng: np.random.Generator) -> None:
    facts = table(2, video_there=np.array([True, False]))
    image = video(facts, rng, **CLEAN) * 0.35 + 0.15
    assert image[0].max() > 0.4
    assert abs(image[1]).max() < 1e-6


def test_distractors_and_bars_appear_as_told(rng: np.random.Generator) -> None:
    gone = table(400, video_there=True, size=1e-3 * np.ones(400))  # bodies of no size
    empty = video(gone, rng, **CLEAN) * 0.35 + 0.15
    assert np.quantile(empty, 0.999) < 0.35
    barred = video(gone, rng, **(CLEAN | {"occl": 0.5})) * 0.35 + 0.15
    columns = (abs(barred[:, 0] - 0.35) < 1e-6).all(axis=1).sum(axis=1)
    assert set(np.unique(columns)) == {0, 4}
    assert (columns > 0).mean() == pytest.approx(0.5, abs=0.1)  # 4 deviations of 400
    with_others = video(table(400), rng, **(CLEAN | {"distract": 2}))
    alone = video(table(400), rng, **CLEAN)
    assert (with_others > 0.6).mean() > 1.2 * (alone > 0.6).mean()


def test_pressure_comes_with_the_impact_under_the_body_and_fades(rng: np.random.Generator) -> None:
    facts = table(1, place=0.25, height=1.0)
    (felt,) = pressure(facts, rng, touch_noise=0.0)
    sensor, _ = np.unravel_index(felt.argmax(), felt.shape)
    assert sensor == pytest.approx(0.25 * SENSORS, abs=1)
    clock = (np.arange(32) + 0.5) / 32
    first, second = impacts(facts["height"], RESTITUTION[facts["video_e"]])[0][0, :2]
    assert (felt[:, clock < first] == 0).all()
    between = felt[sensor, (clock >= first) & (clock < second)]
    assert between[1:] / between[:-1] == pytest.approx(np.exp(-1 / 32 / DECAY), rel=1e-4)


def test_footprints_are_told_apart_by_touch(rng: np.random.Generator) -> None:
    facts = table(8, touch_r=np.arange(8), size=1.3)
    felt = pressure(facts, rng, touch_noise=0.0).max(axis=2)
    felt /= np.sqrt((felt**2).sum(axis=1, keepdims=True))
    likeness = felt @ felt.T - np.eye(8)
    assert likeness.max() < 0.97
