"""Views: what the dials signal, dispute and dropout do to the data."""

import numpy as np
import pytest

from rgm_ref.views import Views


def nearest_centre(views: Views, modality: int) -> np.ndarray:
    """Class of the nearest class mean, for data so clear that the mean is the centre."""
    data, labels = views.views[modality], views.labels
    means = np.stack([np.median(data[labels == k], axis=0) for k in range(views.classes)])
    return ((data[:, None] - means) ** 2).sum(axis=-1).argmin(axis=1)


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_shapes(modalities, rng):
    views = Views.sample(rng, size=30, classes=3, width=7, signal=[1.0] * modalities)
    assert views.views.shape == (modalities, 30, 7)
    assert set(views.labels) <= {0, 1, 2}


def test_a_seed_fixes_the_data():
    one, same, other = (Views.sample(np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.views, same.views)
    assert not np.array_equal(one.views, other.views)


def test_signal_is_how_far_the_classes_are_apart(rng):
    views = Views.sample(rng, size=4000, signal=(30.0, 0.0))
    spread = [
        np.ptp([views.views[m][views.labels == k].mean(axis=0) for k in range(4)]) for m in (0, 1)
    ]
    assert spread[0] > 10
    assert spread[1] < 0.5  # means of 1000 unit normals: about 0.03 each


def test_dispute_shows_wrong_classes_in_all_but_the_first(rng):
    views = Views.sample(rng, size=2000, signal=(50.0, 50.0), dispute=0.3)
    wrong = [(nearest_centre(views, m) != views.labels).mean() for m in (0, 1)]
    assert wrong[0] == 0
    assert wrong[1] == pytest.approx(0.3, abs=0.05)  # 5 σ of a frequency in 2000


def test_dropout_blanks_all_but_the_first(rng):
    views = Views.sample(rng, size=2000, dropout=0.4)
    blank = (views.views == 0).all(axis=-1).mean(axis=1)
    assert blank[0] == 0
    assert blank[1] == pytest.approx(0.4, abs=0.055)  # 5 σ


def test_a_batch_keeps_views_and_labels_together(rng):
    views = Views.sample(rng)
    batch = views.batch(rng, 10)
    assert batch.views.shape == (2, 10, 8)
    for view, label in zip(batch.views[0], batch.labels, strict=True):
        (row,) = np.flatnonzero((views.views[0] == view).all(axis=1))
        assert views.labels[row] == label


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dispute", {"dispute": 1.5}),
        ("dropout", {"dropout": -0.1}),
        ("signal", {"signal": (1.0, -1.0)}),
        ("views", {"signal": (1.0,)}),
    ],
)
def test_bad_dials_are_named(name, options, rng):
    with pytest.raises(ValueError, match=name):
        Views.sample(rng, **options)


@pytest.mark.parametrize("labels", [[0, 1, 2], [0, 2], [-1, 0], [0.0, 1.0]])
def test_bad_labels_are_named(labels, rng):
    with pytest.raises(ValueError, match="labels"):
        Views(rng.normal(size=(2, 2, 3)), np.array(labels), 2)
