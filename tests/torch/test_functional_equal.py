"""The mirror equals the reference: every class of gradients, every option, every dtype."""

from itertools import combinations, product

import numpy as np
import pytest
import torch

from rgm_ref.synorth import PARTS, SCALES, SLOPES
from rgm_torch.functional import blocks, energy, head, mixing, orthogonal, plane, synergy, synorth
from tests import samplers
from tests.torch.conditions import conditions
from tests.torch.mirror import REFERENCE, Call, arrays, calls, leaves, simplex, tensors

ROUNDINGS = 8
"""|error| ≤ 8 eps · condition, of both floors together. The worst seen below is 4; what is summed
has at most 5 modalities of 7 features, and the size of a sum is counted in the condition."""

WIDTH = 7  # three blocks of it are unequal
HALF = (torch.bfloat16, torch.float16)
SHAPES = {  # batch and number of blocks, the fewer the more pairs the reference has to go through
    2: (((), 1), ((2, 3), 3), ((4,), WIDTH)),
    3: (((2,), 3), ((), WIDTH)),
    5: (((2,), 3),),
}
SUBSETS = [frozenset(on) for size in range(4) for on in combinations(sorted(PARTS), size)]
OPTIONS = [
    {"orth": orth, "slope": slope, "scale": scale, "parts": parts}
    for orth, slope, scale, parts in product(mixing.FORMS, SLOPES, SCALES, SUBSETS)
]
sizes = pytest.mark.parametrize("modalities", [2, 3, 5])
halves = pytest.mark.parametrize("dtype", HALF, ids=str)


def named(sample):
    return sample.__name__


def batched(sample, rng, modalities, batch, width=WIDTH):
    """Gradients (M, ..., d) of one class, every sample drawn anew."""
    drawn = [sample(rng, modalities, width) for _ in range(int(np.prod(batch)))]
    return np.stack(drawn, axis=1).reshape(modalities, *batch, width)


def assert_equals_reference(call: Call, dtype=torch.float64) -> None:
    """The mirror in `dtype` beside the reference in float64, both on what the dtype can hold."""
    call = Call(call.name, arrays(tensors(call.arguments, dtype)), call.options)
    found, expected = leaves(arrays(call.mirror(dtype))), leaves(call.reference())
    for ours, theirs, size in zip(found, expected, conditions(call), strict=True):
        assert ours.shape == np.shape(theirs), call
        # Below the smallest normal number digits are lost one by one.
        allowed = ROUNDINGS * torch.finfo(dtype).eps * (size + torch.finfo(dtype).tiny)
        worst = np.max(np.abs(ours - theirs) - allowed)
        assert worst <= 0, f"{call}: {worst:.1e} beyond rounding"


@sizes
@pytest.mark.parametrize("sample", samplers.ALL, ids=named)
def test_equals_reference_in_float64(sample, modalities, rng):
    for batch, number in SHAPES[modalities]:
        for call in calls(batched(sample, rng, modalities, batch), rng, number):
            assert_equals_reference(call)


LOW = [
    (sample, dtype)
    for sample, dtype in product(samplers.REGULAR + samplers.DEGENERATE, (torch.float32, *HALF))
    if (sample, dtype) != (samplers.lopsided, torch.float16)  # 1e-12 … 1 is beyond its range
]


@pytest.mark.parametrize(("sample", "dtype"), LOW, ids=lambda x: getattr(x, "__name__", str(x)))
def test_equals_reference_as_far_as_the_dtype_goes(sample, dtype, rng):
    modalities = 2 if dtype in HALF else 3
    for call in calls(batched(sample, rng, modalities, (2,)), rng):
        assert_equals_reference(call, dtype)


@pytest.mark.parametrize("exponent", [-57, 57])
def test_float32_holds_lengths_from_1e_minus_18_to_1e18(exponent, rng):
    g = samplers.generic(rng, 3, WIDTH) * 2.0**exponent
    files = ("energy", "plane", "blocks", "synergy", "orthogonal", "synorth", "mixing")
    for call in calls(g, rng):
        if call.name.startswith(files):
            assert_equals_reference(call, torch.float32)


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: str(Call("", (), options))[1:])
def test_every_option_of_synorth(options, rng):
    for modalities, number in ((2, 1), (3, 3)):
        g, spent = batched(samplers.generic, rng, modalities, (4,)), rng.gamma(1, size=modalities)
        gram = REFERENCE["blocks.block_gram"](g, number)
        assert_equals_reference(Call("synorth.synorth", (g, spent, number), options))
        assert_equals_reference(Call("mixing.mixing_matrix", (gram, spent), options))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("exponent", range(1, 9))
def test_the_exact_form_is_as_good_as_a_gram_matrix_allows(exponent, dtype):
    """Equal lengths and weights: R / A is the sine of the angle; the linear form ends it."""
    angle, eps = 10.0**-exponent, torch.finfo(dtype).eps
    g, w = np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]]), np.array([0.5, 0.5])
    g = arrays(tensors(g, dtype))
    found = arrays(orthogonal.adjust(tensors(g, dtype), tensors(w, dtype), "exact"))
    if np.sin(angle) > 4 * eps**0.5:
        assert_equals_reference(Call("orthogonal.adjust", (g, w), {"form": "exact"}), dtype)
    else:
        linear = REFERENCE["orthogonal.adjust"](g, w, "linear")
        np.testing.assert_allclose(found, linear, rtol=0, atol=ROUNDINGS * eps)


@pytest.mark.parametrize("dtype", [torch.float32, *HALF], ids=str)
@sizes
def test_energies_may_have_their_own_dtype_and_any_size(modalities, dtype, rng):
    g, spent = (
        tensors(samplers.generic(rng, modalities, WIDTH), dtype),
        rng.gamma(1, size=modalities),
    )
    step = synorth.synorth(g, tensors(spent), 3)
    assert step.dtype == dtype
    torch.testing.assert_close(
        synorth.synorth(g, tensors(spent * 2.0**-200), 3), step, rtol=0, atol=0
    )


@pytest.mark.parametrize("spent", [(0, 0, 0), (0, 1, 2), (3, 0, 0)], ids=str)
def test_energies_of_zero(spent, rng):
    g, spent = samplers.generic(rng, 3, WIDTH), np.array(spent, float)
    gram = REFERENCE["blocks.block_gram"](g, 3)
    for call in (
        Call("energy.shares", (spent,)),
        Call("energy.pair_shares", (spent,)),
        Call("plane.balance", (spent,)),
        Call("rebalance.ratio", (spent,)),
        Call("rebalance.pair_ratio", (spent,)),
        Call("synorth.synorth", (g, spent, 3)),
        Call("synorth.synorth", (g, spent, 3), {"orth": "exact", "scale": "all"}),
        Call("mixing.mixing_matrix", (gram, spent)),
    ):
        assert_equals_reference(call)


SQUARES = {
    "energy.step_energy",
    "energy.cumulative_energy",
    "energy.fisher_trace",
    "energy.synaptic_intelligence",
    "blocks.block_gram",
}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, *HALF], ids=str)
def test_results_have_the_dtype_of_the_input_and_squares_float32_at_least(dtype, rng):
    for call in calls(samplers.generic(rng, 3, WIDTH), rng):
        expected = torch.float32 if call.name in SQUARES and dtype in HALF else dtype
        assert {leaf.dtype for leaf in leaves(call.mirror(dtype))} <= {expected}, call


@halves
def test_half_precision_is_summed_in_float32(dtype, rng):
    """100,000 equal squares: a running sum in 8 (or 11) bits stops growing at 256 (or 2048)."""
    g = torch.ones(2, 100_000, dtype=dtype)
    g[1, ::2] = -1
    g[1, 0] = 1  # g_i·g_j = 2
    for spent in (energy.step_energy(g, 1.0), energy.fisher_trace(g[:, None])):
        torch.testing.assert_close(spent, torch.full((2,), 1e5), rtol=1e-6, atol=0)
    assert blocks.block_gram(g, 1)[0, 1].item() == 2.0
    c = torch.tensor(2e-5, dtype=dtype)
    torch.testing.assert_close(plane.nonconflict(g)[0, 1], c, rtol=torch.finfo(dtype).eps, atol=0)


def test_gradients_of_half_precision_do_not_overflow_on_the_way():
    """‖g‖² = 3.6e9 is beyond float16, and so is α = 65,000 at a block that is merely small."""
    g = torch.tensor([[6e4, 0.0], [1.0, 0.0]], dtype=torch.float16)
    w = torch.tensor([0.5, 0.5])
    assert torch.isfinite(energy.step_energy(g, 1.0)).all()
    for step in (synergy.project(g, w, 1), synorth.synorth(g, w, 1, orth="exact")):
        assert torch.isfinite(step).all()


def test_batches_where_the_reference_has_none(rng):
    """Those functions of one sample take a batch here; each slice is the sample's own answer."""
    lengths = tensors(rng.uniform(0.1, 2, (2, 3, 4, 5)))
    share, angle = tensors(simplex(rng, 2, [3, 4])[0]), tensors(rng.uniform(0, 1, (3, 4)))
    gram = blocks.block_gram(tensors(rng.normal(size=(2, 3, 4, 5))), 1)[..., 0]
    weights = tensors(rng.normal(size=(3, 4, 6, 5)))
    together = {
        "angle": synergy.best_angle(lengths),
        "one": synergy.best_angle_one_sided(lengths),
        "distortion": synergy.distortion(lengths, angle),
        "price": synergy.price(lengths, share),
        "pcgrad": mixing.pcgrad_matrix(gram, (1, 0)),
        "mgda": mixing.mgda_matrix(gram),
        "head": head.on_residuals(weights).movedim((0, 1), (-2, -1)),
    }
    for at in np.ndindex(3, 4):
        one = lengths[:, *at]
        alone = {
            "angle": synergy.best_angle(one),
            "one": synergy.best_angle_one_sided(one),
            "distortion": synergy.distortion(one, angle[at]),
            "price": synergy.price(one, share[at]),
            "pcgrad": mixing.pcgrad_matrix(gram[:, :, *at], (1, 0)),
            "mgda": mixing.mgda_matrix(gram[:, :, *at]),
            "head": head.on_residuals(weights[at]),
        }
        for name, answer in alone.items():
            torch.testing.assert_close(together[name][..., *at], answer, rtol=1e-14, atol=1e-14)
