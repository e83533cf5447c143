"""The fusion modules are `rgm_ref.fusion`, forward and backward."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from rgm_ref import fusion as ref
from rgm_torch.models import Concat, FiLM, Gated, Sum

FEW_ROUNDINGS = {"rtol": 0, "atol": 1e-14}  # sums of at most six products of numbers of size 1
MODALITIES = [2, 3, 5]


def features_of(rng, widths, batch=(4, 2)):
    """Normal features in float64, as NumPy and as torch leaves."""
    arrays = [rng.normal(size=(*batch, width)) for width in widths]
    return arrays, [torch.tensor(z, requires_grad=True) for z in arrays]


def assert_same_fusion(module, fuse, vjp, arrays, leaves, rng):
    """f and every g_k agree with the reference's."""
    fused = module(leaves)
    assert fused.shape[-1] == module.width
    assert_close(fused, torch.tensor(fuse(*arrays)), **FEW_ROUNDINGS)
    g = rng.normal(size=fused.shape)
    found = torch.autograd.grad(fused, leaves, torch.tensor(g))
    for of_module, of_reference in zip(found, vjp(g), strict=True):
        assert_close(of_module, torch.tensor(of_reference), **FEW_ROUNDINGS)


@pytest.mark.parametrize("modalities", MODALITIES)
def test_concat_is_the_reference(modalities, rng):
    widths = tuple(range(2, 2 + modalities))
    arrays, leaves = features_of(rng, widths)
    assert_same_fusion(
        Concat(widths), ref.concat, lambda g: ref.concat_vjp(widths, g), arrays, leaves, rng
    )


@pytest.mark.parametrize("modalities", MODALITIES)
def test_sum_is_the_reference(modalities, rng):
    arrays, leaves = features_of(rng, [3] * modalities)
    assert_same_fusion(
        Sum([3] * modalities), ref.add, lambda g: ref.add_vjp(modalities, g), arrays, leaves, rng
    )


def test_gated_is_the_reference(rng):
    arrays, leaves = features_of(rng, [3, 3])
    assert_same_fusion(
        Gated([3, 3]), ref.gated, lambda g: ref.gated_vjp(*arrays, g), arrays, leaves, rng
    )


def test_film_is_the_reference(rng):
    arrays, leaves = features_of(rng, [3, 4])
    module = FiLM([3, 4]).double()
    matrices = [module.scale.weight.detach().numpy(), module.shift.weight.detach().numpy()]
    assert_same_fusion(
        module,
        lambda z_i, z_j: ref.film(z_i, z_j, *matrices),
        lambda g: ref.film_vjp(*arrays, *matrices, g),
        arrays,
        leaves,
        rng,
    )


@pytest.mark.parametrize(("fusion", "widths"), [(Concat, [2, 3, 4]), (Sum, [3, 3, 3])])
def test_blocks_read_a_linear_head_apart(fusion, widths, rng):
    _, leaves = features_of(rng, widths)
    module = fusion(widths)
    weight = torch.tensor(rng.normal(size=(5, module.width)))
    parts = [z @ block.T for z, block in zip(leaves, module.blocks(weight), strict=True)]
    # W f and Σ W_k z_k add the same nine or so products of numbers of size 1, in two orders
    assert_close(sum(parts), module(leaves) @ weight.T, rtol=0, atol=1e-13)


@pytest.mark.parametrize("fusion", [Gated, FiLM])
@pytest.mark.parametrize("modalities", [1, 3])
def test_pair_fusions_refuse_other_numbers(fusion, modalities):
    with pytest.raises(ValueError, match=f"widths: got {modalities} modalities, expected 2"):
        fusion([4] * modalities)


@pytest.mark.parametrize("fusion", [Sum, Gated])
def test_one_width_is_needed(fusion):
    with pytest.raises(ValueError, match=r"widths: got \(4, 5\), expected one width"):
        fusion([4, 5])


@pytest.mark.parametrize("fusion", [Concat, Sum, Gated, FiLM])
@pytest.mark.parametrize("shapes", [[(2, 4)], [(2, 4), (2, 5)], [(2, 4), (1, 4)]])
def test_features_are_checked(fusion, shapes):
    """A batch of one beside a batch of two would broadcast without a word."""
    with pytest.raises(ValueError, match="features: got shapes"):
        fusion([4, 4])([torch.zeros(shape) for shape in shapes])


@pytest.mark.parametrize("fusion", [Gated, FiLM])
def test_only_additive_fusions_have_blocks(fusion):
    with pytest.raises(ValueError, match=f"fusion: got {fusion.__name__}, expected an additive"):
        fusion([4, 4]).blocks(torch.zeros(3, 4))


def test_gate_stays_finite_at_the_ends():
    z = torch.tensor([[-1000.0, 1000.0]], dtype=torch.float64, requires_grad=True)
    fused = Gated([2, 2])([z, torch.ones_like(z)])
    np.testing.assert_array_equal(fused.detach(), [[0, 1]])
    fused.sum().backward()
    assert torch.isfinite(z.grad).all()
