"""The layer against the reference: what goes through, what comes back, and whole trainings."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from rgm_ref.descent import descend
from rgm_ref.plane import logit_conflict
from rgm_ref.synorth import synorth
from rgm_ref.toys import Classifier, Quadratic
from rgm_ref.views import Views
from rgm_torch import RGM
from tests.torch.layer_oracle import Oracle, energy_of, send_back

# Gram matrices in float64 are good to n·eps; the coefficients of Eq. 15 pass that on without
# amplification away from degenerate pairs, which random gradients are (widths up to 1e2).
EXACT = {"rtol": 1e-10, "atol": 1e-12}
SHAPES = [(7,), (4, 7), (3, 2, 7)]
PARTS = [(), ("ear",), ("syn",), ("orth",), ("ear", "syn", "orth")]


def gradients(rng, modalities, shape, steps=1):
    """Gradients (steps, M, ..., d) whose lengths differ by modality."""
    lengths = 3.0 ** -np.arange(modalities)
    g = rng.normal(size=(steps, modalities, *shape))
    return g * lengths.reshape(-1, *[1] * len(shape))


@pytest.mark.parametrize("modalities", [2, 3, 5])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str
)
def test_features_go_through_bit_for_bit(rng, modalities, shape, dtype):
    features = [
        torch.from_numpy(rng.normal(size=shape)).to(dtype).requires_grad_()
        for _ in range(modalities)
    ]
    through = RGM(modalities)(*features)
    assert isinstance(through, tuple)
    for new, old in zip(through, features, strict=True):
        assert new.dtype == dtype
        assert torch.equal(new, old)
        assert new.data_ptr() == old.data_ptr()  # not even copied


@pytest.mark.parametrize("granularity", ["sample", "batch"])
@pytest.mark.parametrize("energy", ["raw", "applied"])
@pytest.mark.parametrize("modalities", [2, 3, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_three_steps_equal_the_reference(rng, modalities, shape, energy, granularity):
    options = {"blocks": 3, "energy": energy, "granularity": granularity}
    rgm, oracle = RGM(modalities, **options), Oracle(modalities, **options)
    for g in gradients(rng, modalities, shape, steps=3):
        np.testing.assert_allclose(send_back(rgm, g), oracle.step(g), **EXACT)
        np.testing.assert_allclose(rgm.energy, oracle.spent, **EXACT)


@pytest.mark.parametrize("granularity", ["sample", "batch"])
@pytest.mark.parametrize("orth", ["linear", "exact", "printed"])
@pytest.mark.parametrize("slope", ["paper", "clamped"])
@pytest.mark.parametrize("scale", ["base", "all"])
@pytest.mark.parametrize("parts", PARTS, ids="+".join)
def test_every_option_equals_the_reference(rng, granularity, orth, slope, scale, parts):
    options = {"orth": orth, "slope": slope, "scale": scale, "parts": parts}
    options |= {"blocks": 2, "granularity": granularity}
    rgm, oracle = RGM(**options), Oracle(**options)
    for g in gradients(rng, 2, (4, 6), steps=2):
        np.testing.assert_allclose(send_back(rgm, g), oracle.step(g), **EXACT)


# Products are in float32, whose error stays below 1e-5 here; the answer is rounded once more.
@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float32, 1e-5), (torch.bfloat16, 1e-2), (torch.float16, 1.5e-3)],
)
def test_narrow_dtypes(rng, dtype, tolerance):
    g = torch.from_numpy(gradients(rng, 2, (8, 32))[0]).to(dtype)
    rgm, oracle = RGM(), Oracle()
    expected = oracle.step(g.double().numpy())
    error = np.abs(send_back(rgm, g) - expected).max(axis=(1, 2))
    assert (error <= tolerance * np.abs(expected).max(axis=(1, 2))).all()
    np.testing.assert_allclose(rgm.energy, oracle.spent, rtol=1e-5)


def test_modalities_may_have_dtypes_of_their_own(rng):
    dtypes = (torch.bfloat16, torch.float32, torch.float64)
    g = [torch.from_numpy(x).to(t) for x, t in zip(rng.normal(size=(3, 4, 6)), dtypes, strict=True)]
    features = [torch.zeros_like(x).requires_grad_() for x in g]
    torch.autograd.backward(RGM(3)(*features), g)
    expected = Oracle(3).step(np.stack([x.double().numpy() for x in g]))
    for feature, value, tolerance in zip(features, expected, (1e-2, 1e-5, 1e-5), strict=True):
        assert feature.grad.dtype == feature.dtype
        np.testing.assert_allclose(feature.grad.double(), value, atol=tolerance)


def test_one_feature_may_be_given_twice(rng):
    """The gradient of the one feature is the sum of both answers."""
    g = rng.normal(size=(2, 4, 6))
    feature = torch.zeros(4, 6, dtype=torch.float64, requires_grad=True)
    torch.autograd.backward(RGM()(feature, feature), list(torch.from_numpy(g)))
    np.testing.assert_allclose(feature.grad, Oracle().step(g).sum(axis=0), **EXACT)


def test_features_may_be_changed_in_place_after_the_layer(rng):
    def gradient(pass_through):
        weight = torch.linspace(-1, 1, 12).reshape(2, 6).requires_grad_()
        za, zv = pass_through(*(torch.ones(4, 2) @ (weight * k) for k in (1, 2)))
        (za.relu_() * zv.mul_(3)).sum().backward()
        return weight.grad

    assert torch.equal(gradient(RGM(modulate=False)), gradient(lambda *features: features))


@pytest.mark.parametrize("given", ["expanded", "transposed"])
def test_gradients_may_have_any_strides(given):
    g = torch.arange(1.0, 25.0, dtype=torch.float64).reshape(2, 3, 4)
    strided = g[:, :1].expand(2, 3, 4) if given == "expanded" else g.reshape(2, 4, 3).mT
    rgm = RGM()
    sent = send_back(rgm, strided)
    np.testing.assert_allclose(sent, Oracle().step(strided.numpy()), **EXACT)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("energy", ["raw", "applied"])
def test_training_equals_the_reference_step_for_step(rng, hidden, energy):
    """SGD on a classifier whose layer follows it, and `rgm_ref.descent.descend`."""
    rate, steps = 0.3, 12
    problem = Classifier(Views.sample(rng, size=20), hidden)
    expected = descend(problem, steps, rate, lambda g, E: synorth(g, E, 2), energy)
    parameters = [torch.from_numpy(p).clone().requires_grad_() for p in problem.start()]
    trained = parameters if hidden else parameters[:2]
    optimizer = torch.optim.SGD(trained, lr=rate)
    rgm = RGM(blocks=2, energy=energy)
    rgm.follow(optimizer)
    x, y = torch.from_numpy(problem.data.views), torch.from_numpy(problem.data.labels)
    for _ in range(steps):
        optimizer.zero_grad()
        raw = [v @ V for v, V in zip(x, parameters, strict=False)]
        features = rgm(*(z.tanh() if hidden else z for z in raw))
        logits = sum(z @ U for z, U in zip(features, parameters[2:], strict=True))
        cross_entropy(logits, y).backward()
        optimizer.step()
    for new, old in zip(parameters, expected.parameters, strict=True):
        np.testing.assert_allclose(new.detach(), old, **EXACT)
    spent = (expected.raw if energy == "raw" else expected.applied).sum(axis=-1)
    np.testing.assert_allclose(rgm.energy, spent, **EXACT)
    np.testing.assert_allclose(
        rgm.recorder.numpy()["conflict_0_1"], expected.conflict[0, 1], **EXACT
    )


@pytest.mark.parametrize("modalities", [2, 3])
def test_quadratic_toy_without_a_batch(modalities):
    problem = Quadratic(modalities=modalities)
    expected = descend(problem, 10, 0.1, lambda g, E: synorth(g, E))
    z = [
        torch.zeros(modalities, dtype=torch.float64, requires_grad=True) for _ in range(modalities)
    ]
    optimizer, rgm = torch.optim.SGD(z, lr=0.1), RGM(modalities)
    rgm.follow(optimizer)
    for _ in range(10):
        optimizer.zero_grad()
        now = problem.evaluate([one.detach().numpy() for one in z]).gradients
        torch.autograd.backward(rgm(*z), list(torch.from_numpy(now)))
        optimizer.step()
    np.testing.assert_allclose(np.stack([one.detach() for one in z]), expected.parameters, **EXACT)


def linear_head(rng, modalities, width, classes=4):
    """An nn.Linear on concatenated features, and its blocks W_k (d, K) for the reference."""
    head = torch.nn.Linear(modalities * width, classes).double()
    return head, [w.T.detach().numpy() for w in head.weight.split(width, dim=1)]


@pytest.mark.parametrize("modalities", [2, 3])
def test_logit_conflict_equals_the_reference(rng, modalities):
    head, blocks = linear_head(rng, modalities, 6)
    g = gradients(rng, modalities, (5, 6))[0]
    rgm = RGM(modalities, blocks=2, conflict="logit", head=head)
    c = logit_conflict(list(g), blocks)
    np.testing.assert_allclose(send_back(rgm, g), synorth(g, energy_of(g), 2, conflict=c), **EXACT)
    np.testing.assert_allclose(rgm.recorder.numpy()["conflict_0_1"], [c[0, 1].mean()], **EXACT)


def test_logit_conflict_of_a_batch_is_that_of_all_pushes_together(rng):
    head, blocks = linear_head(rng, 2, 6)
    g = gradients(rng, 2, (5, 6))[0]
    rgm = RGM(conflict="logit", head=head, granularity="batch")
    send_back(rgm, g)
    u, v = (one @ W for one, W in zip(g, blocks, strict=True))
    cosine = (u * v).sum() / np.sqrt((u * u).sum() * (v * v).sum())
    np.testing.assert_allclose(rgm.recorder.numpy()["conflict_0_1"], [cosine], **EXACT)


def test_logit_conflict_is_the_same_in_every_basis(rng):
    """Rotating the features of one modality, and scaling them, changes Eq. 6 but not this."""
    g = gradients(rng, 2, (5, 6))[0]
    rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    turned = np.stack([g[0], g[1] @ rotation / 7])  # z' = 7 z R, so g' = g R / 7
    found = {}
    for conflict in ("logit", "feature"):
        head, _ = linear_head(rng, 2, 6)
        other = torch.nn.Linear(12, 4).double()
        with torch.no_grad():
            blocks = head.weight.clone()
            blocks[:, 6:] = blocks[:, 6:] @ torch.from_numpy(rotation) / 7
            other.weight.copy_(blocks)
        for name, (h, one) in {"as it is": (head, g), "turned": (other, turned)}.items():
            rgm = RGM(conflict=conflict, head=h if conflict == "logit" else None)
            send_back(rgm, one)
            found[conflict, name] = rgm.recorder.numpy()["conflict_0_1"]
    np.testing.assert_allclose(found["logit", "turned"], found["logit", "as it is"], **EXACT)
    assert abs(found["feature", "turned"] - found["feature", "as it is"]) > 0.01


@pytest.mark.parametrize("off", ["eval", "no_grad", "inference", "no gradient needed"])
def test_nothing_happens_outside_of_training(off):
    rgm, z = RGM(), [torch.ones(2, 3, requires_grad=off != "no gradient needed") for _ in range(2)]
    before = {name: value.clone() for name, value in rgm.state_dict().items()}
    if off == "eval":
        through = rgm.eval()(*z)
        torch.autograd.backward(through, [torch.ones(2, 3)] * 2)
    elif off == "no gradient needed":
        through = rgm(*z)
    else:
        with torch.no_grad() if off == "no_grad" else torch.inference_mode():
            through = rgm(*z)
    assert all(new is old for new, old in zip(through, z, strict=True))
    assert all(torch.equal(value, before[name]) for name, value in rgm.state_dict().items())


def test_frozen_batch_statistics(rng):
    """Batch norm in eval mode, the layer in train mode: gradients are modulated as ever."""
    norm, rgm = torch.nn.BatchNorm1d(6).double().eval(), RGM()
    x = [torch.from_numpy(rng.normal(size=(4, 6))).requires_grad_() for _ in range(2)]
    g = rng.normal(size=(2, 4, 6))
    torch.autograd.backward(rgm(*map(norm, x)), list(torch.from_numpy(g)))
    slope = 1 / np.sqrt(1 + norm.eps)  # of batch norm at its starting statistics
    for feature, expected in zip(x, Oracle().step(g), strict=True):
        np.testing.assert_allclose(feature.grad, slope * expected, **EXACT)
    assert norm.num_batches_tracked == 0


def test_monitor_changes_no_bit_but_counts_and_records(rng):
    g = rng.normal(size=(2, 4, 6))
    rgm, seen = RGM(modulate=False, energy="applied"), Oracle()
    np.testing.assert_array_equal(send_back(rgm, g), g)
    seen.step(g)
    np.testing.assert_allclose(rgm.energy, seen.spent, **EXACT)
    record = rgm.recorder.numpy()
    assert record["norm_before_0"] == record["norm_after_0"]
