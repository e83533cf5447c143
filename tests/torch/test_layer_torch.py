"""The layer under torch's machinery: no waiting for a GPU, compilers, copies, saved states."""

import copy
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from rgm_torch import RGM
from tests.torch.layer_oracle import Oracle, send_back

OPTIONS = [
    {},
    {"blocks": 3},
    {"granularity": "batch", "energy": "applied", "orth": "exact", "slope": "clamped"},
    {"modulate": False, "record_samples": 8},
    {"record_samples": 3, "parts": ("syn",), "scale": "all"},
]
each_option = pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(map(str, o)))


class Waits(TorchDispatchMode):
    """Fails where the host would wait for a GPU: to read a value, or a size that depends on one.

    "lift" is `torch.tensor(numbers)`, which a GPU would get in a copy; `fill_` needs none.
    """

    WAITING = ("_local_scalar_dense", "nonzero", "is_nonzero", "masked_select", "unique", "lift")

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.name()
        assert not any(word in name for word in self.WAITING), name
        return function(*args, **(kwargs or {}))


@each_option
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_a_training_step_never_waits(options, masked, frozen):
    rgm = RGM(**options)
    weights = [torch.ones(4, 6, requires_grad=True) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": [w], "lr": 0.1 * k} for k, w in enumerate(weights, 1)])
    scaler = torch.amp.GradScaler("cpu")
    rgm.follow(optimizer, scaler, [[w] for w in weights])
    scaler.scale(torch.ones(()))  # its scale is made at its first use
    present = torch.tensor([[True] * 4, [True, False] * 2]) if masked else None
    for _ in range(3):
        optimizer.zero_grad()
        with Waits():
            za, zv = rgm(weights[0] * 2, weights[1].detach() if frozen else weights[1] * 2,
                         present=present)  # fmt: skip
            (za.exp() * zv.sin()).sum().backward()
            optimizer.step()
    assert rgm.cge.steps == 3


@each_option
@pytest.mark.parametrize("modalities", [2, 3])
def test_runs_on_tensors_without_storage(options, modalities):
    """FakeTensorMode has no values: whoever reads one fails."""
    with FakeTensorMode():
        rgm = RGM(modalities, **options)
        weights = [torch.empty(4, 6, requires_grad=True) for _ in range(modalities)]
        optimizer = torch.optim.SGD(weights, lr=0.1)
        rgm.follow(optimizer)
        torch.autograd.backward(rgm(*weights), [torch.empty(4, 6) for _ in weights])
        optimizer.step()
        assert [w.grad.shape for w in weights] == [(4, 6)] * modalities
    assert rgm.recorder.written == 1


class Model(nn.Module):
    """Two encoders, the layer, a head that the layer reads."""

    def __init__(self, **options):
        super().__init__()
        torch.manual_seed(0)
        self.encoders = nn.ModuleList([nn.Linear(5, 6), nn.Linear(5, 6)])
        self.head = nn.Linear(12, 3)
        self.rgm = RGM(conflict="logit", head=self.head, **options)

    def forward(self, x):
        return self.head(torch.cat(self.rgm(*(e(x) for e in self.encoders)), dim=-1))


def train(model, optimizer, steps, forward=None):
    """Steps on fixed data, one batch per step number the layer has reached."""
    forward = model if forward is None else forward
    for _ in range(steps):
        generator = torch.Generator().manual_seed(int(model.rgm.cge.steps))
        x = torch.randn(8, 5, generator=generator)
        optimizer.zero_grad()
        forward(x).square().mean().backward()
        optimizer.step()


def sgd(model, rate=0.1):
    """An optimizer that the layer follows."""
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    model.rgm.follow(optimizer)
    return optimizer


# From Dynamo's own look at tensors that cross a graph break, in any model.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiled_models_train_as_others_do(backend):
    """The layer breaks the graph: neither the learning rate nor the record is frozen into it."""
    found = []
    for compiled in (True, False):
        torch._dynamo.reset()
        model = Model()
        optimizer = sgd(model)
        forward = torch.compile(model, backend=backend) if compiled else model
        train(model, optimizer, 2, forward)
        optimizer.param_groups[0]["lr"] = 0.05
        train(model, optimizer, 2, forward)
        found.append((model.rgm.recorder.numpy(), model.rgm.energy))
    assert len(found[0][0]["step"]) == 4
    torch.testing.assert_close(found[0][1], found[1][1])
    for name, column in found[0][0].items():
        # Compiled products of float32 are summed in another order.
        np.testing.assert_allclose(column, found[1][0][name], rtol=1e-4, atol=1e-6)


def test_importing_the_layer_does_not_load_a_compiler():
    """It would double the time that `import rgm_torch` takes."""
    code = "import sys, rgm_torch; sys.exit('torch._dynamo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_compiled_model_without_graph_breaks_is_refused():
    torch._dynamo.reset()
    with pytest.raises(torch._dynamo.exc.Unsupported, match=r"torch\.compiler\.disable"):
        torch.compile(Model(), backend="eager", fullgraph=True)(torch.ones(8, 5))


def test_evaluation_compiles_into_one_graph():
    torch._dynamo.reset()
    model, x = Model().eval(), torch.ones(8, 5)
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), model(x))


def test_the_compile_option_changes_nothing(rng, monkeypatch):
    """Here without a code generator: the kernels are captured whole, which fullgraph asks for."""
    from rgm_torch import modulation

    def captured(function, fullgraph):
        assert fullgraph
        return torch_compile(function, fullgraph=True, backend="eager")

    torch_compile = torch.compile
    monkeypatch.setattr(modulation.torch, "compile", captured)
    modulation._compiled.cache_clear()
    torch._dynamo.reset()
    g = rng.normal(size=(2, 4, 6))
    np.testing.assert_allclose(send_back(RGM(compile=True), g), Oracle().step(g), rtol=1e-10)
    modulation._compiled.cache_clear()


def test_function_transforms_are_refused():
    rgm = RGM()
    with pytest.raises(RuntimeError, match="setup_context"):
        torch.func.grad(lambda z: (lambda a, v: (a * v).sum())(*rgm(z, z * 2)))(torch.ones(2, 3))


def test_data_parallel_is_refused():
    """Its replicas of the layer would count energies and be thrown away."""
    replica = RGM()._replicate_for_data_parallel()
    with pytest.raises(RuntimeError, match="use DistributedDataParallel"):
        replica(*(torch.ones(2, 3, requires_grad=True) for _ in range(2)))


def test_the_head_is_not_the_layers():
    """It is read, not owned: saved once, copied once, and the copy reads the copy."""
    model = Model()
    assert sum("head" in name for name in model.state_dict()) == 2  # weight and bias
    assert len(list(model.rgm.parameters())) == 0
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.rgm.modulation.head is twin.head
        assert twin.head is not model.head


@pytest.mark.parametrize("how", ["deepcopy", "pickle", "torch.save"])
def test_copies_follow_nobody(how):
    model = Model()
    optimizer = sgd(model)
    train(model, optimizer, 2)
    if how == "torch.save":
        file = io.BytesIO()
        torch.save(model, file)
        twin = torch.load(io.BytesIO(file.getvalue()), weights_only=False)
    else:
        twin = copy.deepcopy(model) if how == "deepcopy" else pickle.loads(pickle.dumps(model))
    before = twin.rgm.energy.clone()
    train(model, optimizer, 1)
    assert torch.equal(twin.rgm.energy, before)
    assert not torch.equal(model.rgm.energy, before)
    twin(torch.ones(8, 5)).sum().backward()  # a step of its own, at the last known rate
    assert twin.rgm.cge.steps == 3
    assert (twin.rgm.energy > before).all()


def everything(model):
    """State of a model, and what its recorders say."""
    return model.state_dict() | {"figures": torch.from_numpy(table(model.rgm))}


def table(rgm):
    return np.stack(list(rgm.recorder.numpy().values()))


@pytest.mark.parametrize("step", ["rate", "effective"])
@pytest.mark.parametrize("options", [{}, {"energy": "applied", "record": 3, "record_samples": 5}])
def test_resumed_bit_for_bit(options, step):
    """Saved in the middle of an accumulation, loaded elsewhere, trained on: no bit differs."""

    def fresh():
        model = Model(**options)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        follow = lambda: model.rgm.follow(  # noqa: E731
            optimizer, parameters=[e.parameters() for e in model.encoders], step=step
        )
        return model, optimizer, follow

    model, optimizer, follow = fresh()
    follow()
    train(model, optimizer, 4)
    model(torch.ones(8, 5)).square().mean().backward()  # waits for its step
    file = io.BytesIO()
    gradients = [p.grad.clone() for p in model.parameters()]
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    assert model.rgm.cge.pending.sum() > 0

    other, other_optimizer, other_follow = fresh()
    saved = torch.load(io.BytesIO(file.getvalue()), weights_only=True)
    other.load_state_dict(saved["model"])
    other_optimizer.load_state_dict(saved["optimizer"])
    other_follow()
    for parameter, gradient in zip(other.parameters(), gradients, strict=True):
        parameter.grad = gradient
    for one, its in ((model, optimizer), (other, other_optimizer)):
        one(torch.full((8, 5), 2.0)).square().mean().backward()
        its.step()
        train(one, its, 2)
    mine, its = everything(model), everything(other)
    assert mine.keys() == its.keys()
    for name in mine:
        assert torch.equal(mine[name], its[name]), name


def test_state_is_made_of_tensors_only():
    """Formats like safetensors hold nothing else."""
    assert all(isinstance(value, torch.Tensor) for value in RGM().state_dict().values())


@pytest.mark.parametrize("cast", ["half", "bfloat16", "float", "double"])
def test_casting_a_model_rounds_no_energy(cast):
    model = Model()
    train(model, sgd(model), 2)
    before = everything(model)
    getattr(model, cast)()
    for name, value in everything(model).items():
        if name.startswith(("rgm.", "figures")):
            assert torch.equal(value, before[name]), name


def test_reset_forgets_but_follows_on():
    model, fresh = Model(), Model()
    optimizer = sgd(model)
    train(model, optimizer, 2)
    model.rgm.reset()
    for name, value in fresh.rgm.state_dict().items():
        if name != "cge.rate":
            assert torch.equal(model.rgm.state_dict()[name], value), name
    train(model, optimizer, 1)
    assert model.rgm.cge.steps == 1
    assert len(model.rgm.recorder) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"modalities": 1}, "modalities: got 1"),
        ({"blocks": 0}, "blocks: got 0"),
        ({"orth": "exactly"}, "orth: got 'exactly'"),
        ({"energy": "spent"}, "energy: got 'spent'"),
        ({"granularity": "token"}, "granularity: got 'token'"),
        ({"slope": "steep"}, "slope: got 'steep'"),
        ({"scale": "none"}, "scale: got 'none'"),
        ({"conflict": "logits"}, "conflict: got 'logits'"),
        ({"conflict": "logit"}, "head: needed for conflict='logit'"),
        ({"head": nn.Linear(4, 2)}, "head: needed for conflict='logit', and only for it"),
        ({"parts": ("ear", "nose")}, "parts: got 'nose'"),
        ({"nonfinite": "ignore"}, "nonfinite: got 'ignore'"),
        ({"record": -1}, "record: got -1"),
    ],
)
def test_unknown_options(options, message):
    with pytest.raises(ValueError, match=message):
        RGM(**options)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(4, 6)], "features: got 1, expected 2"),
        ([(4, 6), (4, 5)], "features: got shapes .* expected one shape"),
        ([(), ()], "features: got shapes .* expected one shape"),
        ([(4, 2), (4, 2)], "blocks: got 3, expected at most the width 2"),
        ([(4, 5), (4, 5)], "head: takes 12 features, expected 2 · 5"),
    ],
)
def test_features_that_do_not_fit(shapes, message):
    with pytest.raises(ValueError, match=message):
        Model(blocks=3).rgm(*(torch.ones(shape, requires_grad=True) for shape in shapes))


def test_a_layer_left_on_another_device():
    features = [torch.ones(4, 6, device="meta", requires_grad=True) for _ in range(2)]
    with pytest.raises(ValueError, match=r"features: on \['meta'\], expected the layer's device"):
        RGM()(*features)


def test_moves_between_devices():
    """To a device without storage, the only other one everywhere; state loads from anywhere."""
    assert {b.device.type for b in RGM().to("meta").buffers()} == {"meta"}
    source, target = Model(), Model()
    train(source, sgd(source), 2)
    moved = {name: value.double() for name, value in source.state_dict().items()}
    target.double().load_state_dict(moved)
    assert torch.equal(target.rgm.energy, source.rgm.energy)
    np.testing.assert_array_equal(table(target.rgm), table(source.rgm))
