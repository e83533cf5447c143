"""Modalities that are missing, frozen or unused; gradients that are zero or not finite."""

import numpy as np
import pytest
import torch

from rgm_torch import RGM
from tests.torch.layer_oracle import Oracle, send_back

# As in test_layer.py: float64 Gram matrices of random gradients.
EXACT = {"rtol": 1e-10, "atol": 1e-12}
GRANULARITIES = pytest.mark.parametrize("granularity", ["sample", "batch"])


@GRANULARITIES
@pytest.mark.parametrize("energy", ["raw", "applied"])
@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_missing_in_some_samples_equals_the_reference_on_the_rest(
    rng, modalities, energy, granularity
):
    options = {"blocks": 2, "energy": energy, "granularity": granularity}
    rgm, oracle = RGM(modalities, **options), Oracle(modalities, **options)
    for _ in range(3):
        g = rng.normal(size=(modalities, 6, 5))
        present = rng.random((modalities, 6)) < 0.6
        present[:, 0], present[:, 1] = True, False  # a sample with all, and one with nothing
        sent = send_back(rgm, g, torch.from_numpy(present))
        np.testing.assert_allclose(sent, oracle.step(g, present=present), **EXACT)
        np.testing.assert_allclose(rgm.energy, oracle.spent, **EXACT)
        assert (sent[~present] == g[~present]).all()


@GRANULARITIES
@pytest.mark.parametrize(
    "there", [(True, True, False), (True, False, False), (False,) * 3], ids=str
)
def test_missing_in_a_whole_batch(rng, there, granularity):
    g, absent = rng.normal(size=(3, 4, 5)), ~np.array(there)
    rgm, oracle = RGM(3, granularity=granularity), Oracle(3, granularity=granularity)
    sent = send_back(rgm, g, torch.tensor(there))
    present = np.broadcast_to(np.array(there)[:, None], (3, 4))
    np.testing.assert_allclose(sent, oracle.step(g, present=present), **EXACT)
    assert (rgm.energy.numpy()[absent] == 0).all()
    assert (sent[absent] == g[absent]).all()
    assert np.isfinite(rgm.recorder.numpy()["conflict_0_1"]).all()


def test_a_mask_of_samples_serves_all_their_tokens(rng):
    g, present = rng.normal(size=(2, 4, 3, 5)), rng.random((2, 4)) < 0.6
    every = np.broadcast_to(present[..., None], (2, 4, 3))
    sent = send_back(RGM(), g, torch.from_numpy(present))
    np.testing.assert_allclose(sent, Oracle().step(g, present=every), **EXACT)


def test_what_a_missing_modality_sends_does_not_matter(rng):
    """Not even if it is not a number: it is masked out before any product."""
    g, present = rng.normal(size=(2, 4, 5)), torch.tensor([[True] * 4, [True, True, False, False]])
    clean = send_back(RGM(), g, present)
    g[1, 2:] = np.nan
    rgm = RGM()
    np.testing.assert_array_equal(send_back(rgm, g, present)[0], clean[0])
    assert rgm.cge.skipped == 0


def test_recorded_coordinates_are_means_over_the_samples_that_have_both(rng):
    g, present = rng.normal(size=(2, 6, 5)), rng.random((2, 6)) < 0.6
    rgm, alone = RGM(), RGM()
    send_back(rgm, g, torch.from_numpy(present))
    both = present.all(axis=0)
    send_back(alone, g[:, both])
    recorded, expected = rgm.recorder.numpy(), alone.recorder.numpy()
    np.testing.assert_allclose(recorded["conflict_0_1"], expected["conflict_0_1"], **EXACT)


@pytest.mark.parametrize(
    "present",
    [torch.ones(3, dtype=torch.bool), torch.ones(2, 5, dtype=torch.bool), torch.ones(2, 4)],
    ids=["modalities", "samples", "dtype"],
)
def test_bad_mask(present):
    features = [torch.zeros(4, 6, requires_grad=True) for _ in range(2)]
    with pytest.raises(ValueError, match=r"present: got .* expected booleans of shape \(2, 4\)"):
        RGM()(*features, present=present)


@GRANULARITIES
def test_frozen_encoders_take_no_part(rng, granularity):
    """Their features need no gradient behind the layer either, and are nobody's partners."""
    g = rng.normal(size=(3, 4, 5))
    features = [torch.zeros(4, 5, dtype=torch.float64, requires_grad=k != 1) for k in range(3)]
    rgm = RGM(3, granularity=granularity)
    through = rgm(*features)
    assert [feature.requires_grad for feature in through] == [True, False, True]
    torch.autograd.backward([through[0], through[2]], [torch.from_numpy(g[k]) for k in (0, 2)])
    expected = Oracle(granularity=granularity).step(g[[0, 2]])
    np.testing.assert_allclose(features[0].grad, expected[0], **EXACT)
    np.testing.assert_allclose(features[2].grad, expected[1], **EXACT)
    assert features[1].grad is None
    assert rgm.energy[1] == 0


def test_a_frozen_encoder_beside_a_mask(rng):
    """The mask of the data loader stays as it was."""
    g, present = rng.normal(size=(2, 4, 5)), torch.tensor([True, True])
    features = [torch.zeros(4, 5, dtype=torch.float64, requires_grad=k == 0) for k in range(2)]
    torch.autograd.backward(RGM()(*features, present=present)[0], torch.from_numpy(g[0]))
    np.testing.assert_array_equal(features[0].grad, g[0])
    assert present.all()


def test_a_modality_the_loss_does_not_use(rng):
    """It gets no gradient, as without the layer; to the others it is one of zero."""
    g = rng.normal(size=(2, 4, 5))
    g[1] = 0
    features = [torch.zeros(4, 5, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    rgm, oracle = RGM(), Oracle()
    rgm(*features)[0].backward(torch.from_numpy(g[0]))
    assert features[1].grad is None
    np.testing.assert_allclose(features[0].grad, oracle.step(g)[0], **EXACT)
    np.testing.assert_allclose(rgm.energy, oracle.spent, **EXACT)


@pytest.mark.parametrize("orth", ["linear", "exact", "printed"])
@pytest.mark.parametrize("which", ["one", "all", "one block", "one sample"])
def test_zero_gradients_are_legal(rng, which, orth):
    g = rng.normal(size=(2, 4, 6))
    g[{"one": 0, "all": ..., "one block": (0, ..., slice(3)), "one sample": (0, 1)}[which]] = 0
    rgm, oracle = RGM(blocks=2, orth=orth), Oracle(blocks=2, orth=orth)
    for _ in range(2):
        np.testing.assert_allclose(send_back(rgm, g), oracle.step(g), **EXACT)
    for name, column in rgm.recorder.numpy().items():
        assert np.isfinite(column).all(), name


@GRANULARITIES
def test_a_batch_of_one_and_of_none(rng, granularity):
    g = rng.normal(size=(2, 1, 6))
    rgm, oracle = RGM(granularity=granularity), Oracle(granularity=granularity)
    np.testing.assert_allclose(send_back(rgm, g), oracle.step(g), **EXACT)
    assert send_back(rgm, g[:, :0]).shape == (2, 0, 6)
    np.testing.assert_allclose(rgm.energy, oracle.spent, **EXACT)


@GRANULARITIES
@pytest.mark.parametrize("energy", ["raw", "applied"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_skip_lets_a_bad_gradient_pass_and_counts_it(rng, bad, energy, granularity):
    """Every number of that pass is as it came, and the state is as if it had never been."""
    rgm = RGM(energy=energy, granularity=granularity)
    send_back(rgm, rng.normal(size=(2, 4, 6)))
    before = rgm.energy.clone()
    g = rng.normal(size=(2, 4, 6))
    g[1, 2, 3] = bad
    np.testing.assert_array_equal(send_back(rgm, g), g)
    assert torch.equal(rgm.energy, before)
    assert rgm.cge.skipped == 1
    assert np.isfinite(send_back(rgm, np.ones((2, 4, 6)))).all()


def test_raise_stops_at_a_bad_gradient():
    rgm = RGM(nonfinite="raise")
    with pytest.raises(ValueError, match=r"gradients: got lengths 1\.41, nan, expected finite"):
        send_back(rgm, np.array([[1.0, 1.0], [1.0, np.nan]]))
    assert rgm.energy.sum() == 0
