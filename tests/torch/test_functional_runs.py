"""How the mirror runs: same names, compiled whole, without waiting for a GPU, without loops."""

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    FakeTensor,
    FakeTensorMode,
)
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from rgm_torch.functional import ADDED, LEFT_OUT, synorth
from tests import samplers
from tests.torch.mirror import MIRROR, REFERENCE, calls, leaves, own_functions, tensors

GENERATOR = np.random.default_rng(0)
G = np.stack([samplers.generic(GENERATOR, 3, 7) for _ in range(4)], axis=1)
CALLS = list({str(call): call for call in calls(G, GENERATOR)}.values())
every_call = pytest.mark.parametrize("call", CALLS, ids=str)
every_function = pytest.mark.parametrize("call", {c.name: c for c in CALLS}.values(), ids=str)


def test_every_name_of_the_reference_is_here_or_has_a_reason():
    reference, ours = own_functions("rgm_ref"), own_functions("rgm_torch.functional")
    mirrored = {MIRROR[name] for name in reference & set(MIRROR)}
    assert reference - set(MIRROR) == set(LEFT_OUT)
    assert {name for name in ours if MIRROR[name] not in mirrored} == set(ADDED)
    assert all(reason.strip() for reason in (LEFT_OUT | ADDED).values())


def test_every_function_is_called_below():
    assert {call.name for call in CALLS} == own_functions("rgm_ref") - set(LEFT_OUT)


@every_function
def test_signatures_have_the_same_names(call):
    """Every keyword of the reference is one here, in its place; more may follow."""
    if call.name == "fusion.sigmoid":  # torch's own
        return
    theirs, ours = (parameters(floor[call.name]) for floor in (REFERENCE, MIRROR))
    assert ours[: len(theirs)] == theirs


def parameters(function):
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


@every_function
def test_compiles_as_one_graph(call):
    arguments = tensors(call.arguments)
    compiled = torch.compile(MIRROR[call.name], backend="aot_eager", fullgraph=True)
    found, expected = compiled(*arguments, **call.options), call.mirror()
    # A compiler may choose another order of summation: a few eps of numbers up to 100.
    torch.testing.assert_close(found, expected, rtol=1e-13, atol=1e-13)


# PyTorch's compiler imports modules of its own that it calls deprecated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
@pytest.mark.filterwarnings("ignore::FutureWarning:torch")
def test_inductor_agrees_with_eager():
    arguments = tensors((G, GENERATOR.gamma(1, size=3), 3))
    compiled = torch.compile(synorth.synorth, fullgraph=True)
    found, expected = (f(*arguments, orth="exact") for f in (compiled, synorth.synorth))
    torch.testing.assert_close(found, expected, rtol=1e-13, atol=1e-13)


@every_call
def test_reads_no_value_and_so_never_waits_for_a_gpu(call):
    """A tensor that pretends to have values raises where one is read."""
    with FakeTensorMode() as mode:
        arguments = pytree.tree_map_only(torch.Tensor, mode.from_tensor, tensors(call.arguments))
        answer = leaves(MIRROR[call.name](*arguments, **call.options))
    assert all(isinstance(leaf, FakeTensor) for leaf in answer)
    assert shapes(answer) == shapes(leaves(call.mirror()))


@every_call
def test_all_that_is_made_on_the_way_is_on_the_device_of_the_input(call):
    """'meta' stands for any device but the CPU: an operation on both raises."""
    arguments = pytree.tree_map_only(torch.Tensor, on_meta, tensors(call.arguments))
    answer = leaves(MIRROR[call.name](*arguments, **call.options))
    assert all(leaf.is_meta for leaf in answer)
    assert shapes(answer) == shapes(leaves(call.mirror()))


def shapes(answer):
    return [(leaf.shape, leaf.dtype) for leaf in answer]


def on_meta(tensor):
    return tensor.to("meta")


def test_both_would_be_caught():
    with FakeTensorMode() as mode, pytest.raises(DataDependentOutputException):
        bool(mode.from_tensor(torch.ones(2)).sum() > 0)
    with pytest.raises(RuntimeError, match="device"):
        on_meta(torch.ones(2)) * torch.ones(2)


# `addcmul_` has no batching rule yet: vmap loops over it, and says so.
@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")
@every_call
def test_vmap_equals_the_loop(call):
    """One more batch axis, in front of every tensor, by `torch.func.vmap`."""
    leaf_arguments, structure = pytree.tree_flatten(tensors(call.arguments))
    is_tensor = [isinstance(leaf, torch.Tensor) for leaf in leaf_arguments]
    stacked = [
        torch.stack([leaf, leaf / 2]) if here else leaf
        for leaf, here in zip(leaf_arguments, is_tensor, strict=True)
    ]

    def function(*changing):
        rest = iter(changing)
        merged = [
            next(rest) if here else leaf for leaf, here in zip(stacked, is_tensor, strict=True)
        ]
        return tuple(
            leaves(MIRROR[call.name](*pytree.tree_unflatten(merged, structure), **call.options))
        )

    changing = [leaf for leaf, here in zip(stacked, is_tensor, strict=True) if here]
    if not changing:
        assert call.mirror() is None
        return
    together = torch.func.vmap(function)(*changing)
    for n in range(2):
        alone = function(*(leaf[n] for leaf in changing))
        torch.testing.assert_close(
            tuple(leaf[n] for leaf in together), alone, rtol=1e-12, atol=1e-12
        )


class Counter(TorchDispatchMode):
    """Counts the operations that reach the device."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += 1
        return function(*args, **kwargs or {})


def operations(modalities, batch, blocks, width=24):
    """Number of operations of every call, by its name."""
    rng = np.random.default_rng(0)
    g = rng.normal(size=(modalities, *batch, width))
    found = {}
    for call in calls(g, rng, blocks):
        with Counter() as counter:
            call.mirror()
        found[str(call)] = counter.count
    return found


def test_no_loop_over_samples():
    assert operations(3, (2,), 3) == operations(3, (50,), 3)


@pytest.mark.parametrize(("few", "many"), [(2, 12), (7, 9)], ids=["equal", "unequal"])
def test_no_loop_over_blocks(few, many):
    assert operations(3, (2,), few) == operations(3, (2,), many)


def test_no_loop_over_pairs():
    """From 3 to 4 to 5 modalities the pairs are 3, 6, 10: what grows, grows with modalities."""
    three, four, five = (operations(modalities, (2,), 3) for modalities in (3, 4, 5))
    for name, count in four.items():
        assert five[name] - count == count - three[name], name


DIFFERENTIABLE = [call for call in CALLS if call.name != "synorth.check_options"]


@pytest.mark.parametrize("call", DIFFERENTIABLE, ids=str)
def test_gradcheck(call):
    """Derivatives against differences, at generic points (no ties, no zeros, no cut-offs)."""
    leaf_arguments, structure = pytree.tree_flatten(tensors(call.arguments))

    def function(*arguments):
        merged = pytree.tree_unflatten(list(arguments), structure)
        return tuple(leaves(MIRROR[call.name](*merged, **call.options)))

    wanted = [
        leaf.requires_grad_() if isinstance(leaf, torch.Tensor) else leaf for leaf in leaf_arguments
    ]
    assert torch.autograd.gradcheck(function, wanted, fast_mode=True)
