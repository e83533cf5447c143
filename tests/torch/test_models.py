"""Encoders and the multimodal classifier."""

import copy
import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

from rgm_torch.models import CNN, Concat, Encoder, Multimodal, Transformer, build, without

SHAPES = {"audio": (1, 32, 32), "video": (4, 32, 32)}
THREE = {"audio": (1, 16, 16), "video": (4, 24, 24), "flow": (3, 2, 16, 16)}
ENCODERS = ["cnn", "transformer"]
FUSIONS = ["concat", "sum", "gated", "film"]
CLASSES = 5


def inputs_of(shapes, batch=3, dtype=torch.float32):
    generator = torch.Generator().manual_seed(1)
    return {
        name: torch.randn(batch, *shape, generator=generator, dtype=dtype)
        for name, shape in shapes.items()
    }


def parameters(model):
    return list(model.state_dict().values())


# Encoders


@pytest.mark.parametrize("encoder", [CNN, Transformer])
@pytest.mark.parametrize("shape", [(1, 32, 32), (8, 24, 24), (3, 2, 16, 8)])
def test_encoders_take_spectrograms_and_frames(encoder, shape):
    module = encoder(shape, 12)
    x = torch.randn(3, *shape, requires_grad=True)
    z = module(x)
    assert z.shape == (3, 12) == (3, module.width)
    z.square().sum().backward()
    assert all((p.grad != 0).any() for p in module.parameters())
    assert x.grad.abs().amax(dim=tuple(range(2, x.ndim))).all(), "a frame goes unseen"


@pytest.mark.parametrize("encoder", [CNN, Transformer])
def test_encoders_refuse_other_clips(encoder):
    module = encoder((1, 16, 16))
    with pytest.raises(
        ValueError, match=r"x: got shape \(2, 1, 8, 16\), expected \(B, 1, 16, 16\)"
    ):
        module(torch.zeros(2, 1, 8, 16))


@pytest.mark.parametrize("shape", [(), (16, 16), (1, 0, 16), (1, 1, 1, 16, 16)])
@pytest.mark.parametrize("encoder", [CNN, Transformer])
def test_encoders_refuse_shapes_that_are_no_clips(encoder, shape):
    with pytest.raises(ValueError, match="shape: got"):
        encoder(shape)


def test_transformer_refuses_what_does_not_divide():
    with pytest.raises(ValueError, match="patch: got 8, expected a divisor of 20 and 16"):
        Transformer((1, 20, 16))
    with pytest.raises(ValueError, match="width: got 10, expected a multiple of heads = 4"):
        Transformer((1, 16, 16), 10)


def test_transformer_blocks_start_apart():
    """nn.TransformerEncoder copies one block, so that all would start from the same weights."""
    first, second = Transformer((1, 16, 16)).blocks
    assert not torch.equal(first.linear1.weight, second.linear1.weight)


@pytest.mark.parametrize("encoder", [CNN, Transformer])
def test_samples_do_not_see_each_other_in_evaluation(encoder):
    module = encoder((2, 16, 16)).double().eval()
    x = torch.randn(4, 2, 16, 16, dtype=torch.float64)
    one_by_one = torch.cat([module(x[n : n + 1]) for n in range(4)])
    # sums of up to 1024 terms of size 1e-1, in float64, in another order
    assert_close(module(x), one_by_one, rtol=0, atol=1e-12)


def test_a_batch_of_one_trains_on_its_own_statistics():
    module = CNN((1, 16, 16))  # its last map has 2×2 pixels
    z = module(torch.randn(1, 1, 16, 16))
    assert torch.isfinite(z).all()


def test_a_batch_of_one_whose_last_map_is_one_pixel_is_refused_in_training():
    module, x = CNN((1, 8, 8)), torch.randn(1, 1, 8, 8)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        module(x)
    assert torch.isfinite(module.eval()(x)).all()


def test_size_is_that_of_the_measured_harness():
    """61 to 89 thousand parameters per encoder: the networks that the data were measured with."""
    sizes = {
        shape: sum(p.numel() for p in CNN(shape).parameters())
        for shape in [(1, 32, 32), (4, 32, 32), (8, 24, 24)]
    }
    assert list(sizes.values()) == [89_008, 89_440, 61_344]


# The classifier


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_model_learns_from_every_modality(encoder, fusion):
    model = build(SHAPES, CLASSES, encoder=encoder, fusion=fusion, width=8, seed=0)
    logits = model(inputs_of(SHAPES))
    assert logits.shape == (3, CLASSES)
    cross_entropy(logits, torch.tensor([0, 1, 2])).backward()
    for name, group in model.parameters_of.items():
        assert any((p.grad != 0).any() for p in group), name


@pytest.mark.parametrize("fusion", ["concat", "sum"])
def test_three_modalities(fusion):
    model = build(THREE, CLASSES, fusion=fusion, seed=0).double()
    inputs = inputs_of(THREE, dtype=torch.float64)
    assert model.modalities == ("audio", "video", "flow")
    assert list(model.features(inputs)) == list(THREE)
    assert model(inputs).shape == (3, CLASSES)
    assert model(inputs).dtype == torch.float64


def test_one_encoder_is_the_unimodal_baseline():
    """It reads its own modality out of a batch of all, and its one split is the logits."""
    model = build({"video": SHAPES["video"]}, CLASSES, seed=0).eval()
    inputs = inputs_of(SHAPES)
    logits = model(inputs)
    assert torch.equal(logits, model({"video": inputs["video"]}))
    assert torch.equal(logits, model.split_logits(model.features(inputs))["video"])


@pytest.mark.parametrize("fusion", ["concat", "sum"])
@pytest.mark.parametrize("shapes", [SHAPES, THREE])
def test_split_logits_add_up_to_the_logits(fusion, shapes):
    model = build(shapes, CLASSES, fusion=fusion, seed=0).double()
    features = model.features(inputs_of(shapes, dtype=torch.float64))
    split = model.split_logits(features)
    assert list(split) == list(shapes)
    # the same 192 products of size 1e-1 and one bias, added in another order
    assert_close(sum(split.values()), model.classify(features), rtol=0, atol=1e-13)


def test_split_logits_are_each_modality_s_alone():
    """Ablating the others leaves W_k z_k + b: its own logits and the rest of the bias."""
    model = build(THREE, CLASSES, seed=0).double()
    features = model.features(inputs_of(THREE, dtype=torch.float64))
    alone = model.classify(without(features, "video", "flow"))
    expected = model.split_logits(features)["audio"] + model.head.bias * 2 / 3
    assert_close(alone, expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("fusion", ["gated", "film"])
def test_split_logits_need_an_additive_fusion(fusion):
    model = build(SHAPES, CLASSES, fusion=fusion)
    with pytest.raises(ValueError, match=r"fusion: got .* expected an additive one"):
        model.split_logits(model.features(inputs_of(SHAPES)))


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_parameter_is_in_one_group(encoder, fusion):
    model = build(SHAPES, CLASSES, encoder=encoder, fusion=fusion)
    groups = model.parameters_of
    assert list(groups) == ["audio", "video", "head"]
    grouped = [id(p) for group in groups.values() for p in group]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == {id(p) for p in model.parameters()}
    assert {id(p) for p in groups["video"]} == {id(p) for p in model.encoders["video"].parameters()}


def test_groups_follow_a_model_that_was_copied_or_converted():
    model = copy.deepcopy(build(SHAPES, CLASSES)).double()
    grouped = {id(p) for group in model.parameters_of.values() for p in group}
    assert grouped == {id(p) for p in model.parameters()}


@pytest.mark.parametrize("fusion", FUSIONS)
def test_ablation_sets_features_to_zero(fusion):
    model = build(SHAPES, CLASSES, fusion=fusion, seed=0).eval()
    inputs = inputs_of(SHAPES)
    features = model.features(inputs)
    zeroed = {"audio": features["audio"], "video": torch.zeros_like(features["video"])}
    assert torch.equal(model(inputs, missing={"video"}), model.classify(zeroed))
    assert torch.equal(model(inputs), model.classify(features))


def test_a_zero_input_is_not_a_zero_feature():
    """Why the feature is zeroed: a modality without input still votes."""
    model = build(SHAPES, CLASSES, seed=0).eval()
    inputs = inputs_of(SHAPES)
    silent = inputs | {"audio": torch.zeros_like(inputs["audio"])}
    assert model.features(silent)["audio"].abs().max() > 1e-3
    assert not torch.allclose(model(silent), model(inputs, missing={"audio"}), atol=1e-3)


def test_gated_and_film_without_a_modality():
    """What the docstring of `without` says remains of either pair."""
    for fusion in ("gated", "film"):
        model = build(SHAPES, CLASSES, fusion=fusion, seed=0).eval()
        features = model.features(inputs_of(SHAPES))
        first, second = (without(features, name) for name in SHAPES)
        nothing = model.head.bias.expand(3, -1)
        if fusion == "gated":
            half = model.head(features["video"] / 2)
            assert torch.equal(model.classify(first), half)
            assert torch.equal(model.classify(second), nothing)
        else:
            shift = model.head(model.fusion.shift(features["audio"]))
            assert torch.equal(model.classify(first), nothing)
            assert torch.equal(model.classify(second), shift)


def test_ablation_refuses_an_unknown_modality():
    with pytest.raises(ValueError, match=r"modalities: got \['touch'\], expected among"):
        without({"audio": torch.zeros(2, 3)}, "touch")


class Doubled(torch.autograd.Function):
    """The identity whose gradients come back doubled."""

    @staticmethod
    def forward(ctx, *features):
        return tuple(z.view_as(z) for z in features)

    @staticmethod
    def backward(ctx, *gradients):
        return tuple(2 * g for g in gradients)


class Modulator(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, *features):
        self.calls += 1
        return Doubled.apply(*features)


def test_modulator_sits_between_features_and_fusion():
    """Logits and head gradients stay, encoder gradients change, and its state is saved."""
    model = build(SHAPES, CLASSES, encoder="transformer", seed=0)
    inputs, gradients, logits = inputs_of(SHAPES), [], []
    for modulator in (None, Modulator()):
        model.modulator = modulator
        model.zero_grad()
        logits.append(model(inputs))
        cross_entropy(logits[-1], torch.tensor([0, 1, 2])).backward()
        gradients.append({n: g[0].grad.clone() for n, g in model.parameters_of.items()})
    plain, modulated = gradients
    assert torch.equal(*logits)
    assert torch.equal(modulated["audio"], 2 * plain["audio"])  # a factor 2 does not round
    assert torch.equal(modulated["head"], plain["head"])
    assert model.state_dict()["modulator.calls"] == 1
    model.split_logits(model.features(inputs))
    assert model.modulator.calls == 1


def test_a_frozen_encoder_keeps_its_weights():
    model = build(SHAPES, CLASSES, seed=0)
    for parameter in model.parameters_of["audio"]:
        parameter.requires_grad_(False)
    before = [p.clone() for p in model.parameters_of["audio"]]
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    features = model.features(inputs_of(SHAPES))
    assert not features["audio"].requires_grad
    cross_entropy(model.classify(features), torch.tensor([0, 1, 2])).backward()
    optimizer.step()
    assert all(map(torch.equal, model.parameters_of["audio"], before))
    assert all(p.grad is not None for p in model.parameters_of["video"])


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_state_goes_round_a_file(encoder, fusion, tmp_path):
    source = build(SHAPES, CLASSES, encoder=encoder, fusion=fusion, seed=0)
    source(inputs_of(SHAPES))  # moves the running statistics of batch norm
    torch.save(source.state_dict(), tmp_path / "model.pt")
    target = build(SHAPES, CLASSES, encoder=encoder, fusion=fusion, seed=1)
    target.load_state_dict(torch.load(tmp_path / "model.pt", weights_only=True))
    inputs = inputs_of(SHAPES)
    assert torch.equal(source.eval()(inputs), target.eval()(inputs))


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_batch_of_one(encoder):
    model = build(SHAPES, CLASSES, encoder=encoder, seed=0)
    inputs = inputs_of(SHAPES, batch=1)
    assert torch.isfinite(model(inputs)).all()
    assert model.eval()(inputs).shape == (1, CLASSES)


@pytest.mark.parametrize("argument", ["inputs", "features"])
def test_a_missing_modality_is_named(argument):
    model = build(SHAPES, CLASSES)
    call = model if argument == "inputs" else model.classify
    with pytest.raises(
        ValueError, match=rf"{argument}: got \['audio'\], expected also \['video'\]"
    ):
        call({"audio": torch.zeros(2, 1, 32, 32)})


# Construction


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_seed_alone_decides_the_weights(encoder):
    torch.manual_seed(7)
    state = torch.get_rng_state()
    first = build(SHAPES, CLASSES, encoder=encoder, fusion="film", seed=3)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(5)
    again = build(SHAPES, CLASSES, encoder=encoder, fusion="film", seed=3)
    other = build(SHAPES, CLASSES, encoder=encoder, fusion="film", seed=4)
    assert all(map(torch.equal, parameters(first), parameters(again)))
    assert not torch.equal(first.head.weight, other.head.weight)


def test_without_a_seed_the_global_generator_decides():
    torch.manual_seed(7)
    first, second = build(SHAPES, CLASSES), build(SHAPES, CLASSES)
    torch.manual_seed(7)
    again = build(SHAPES, CLASSES)
    assert all(map(torch.equal, parameters(first), parameters(again)))
    assert not torch.equal(first.head.weight, second.head.weight)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"encoder": "cn"}, r"encoder: got 'cn', expected one of \['cnn', 'transformer', "),
        ({"fusion": "product"}, r"fusion: got 'product', expected one of \['concat', "),
        ({"width": 0}, "width: got 0, expected at least 1"),
        ({"classes": 1}, "classes: got 1, expected at least 2"),
        ({"weights": "folder"}, "weights: got folder for cnn"),
        ({"shapes": {}}, "encoders: got none"),
        ({"shapes": {"audio": (32, 32)}}, r"shapes\['audio'\]: got \(32, 32\)"),
        ({"shapes": {"head": (1, 32, 32)}}, "encoders: got modality 'head'"),
        ({"shapes": {"a.b": (1, 32, 32)}}, r"encoders: got modality 'a\.b'"),
        ({"shapes": {"keys": (1, 32, 32)}}, "encoders: got modality 'keys'"),
        ({"shapes": THREE, "fusion": "film"}, "widths: got 3 modalities, expected 2"),
    ],
)
def test_wrong_arguments_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        build(**{"shapes": SHAPES, "classes": CLASSES, **wrong})


def test_encoders_of_one_s_own():
    """Any module with a width will do; what does not fit is named."""

    class Vector(nn.Linear):
        width = 6

    model = Multimodal({"text": Vector(9, 6), "image": CNN((1, 16, 16), 4)}, Concat([6, 4]), 3)
    assert model({"text": torch.zeros(2, 9), "image": torch.zeros(2, 1, 16, 16)}).shape == (2, 3)
    with pytest.raises(
        ValueError, match=r"fusion: got one for widths \(6, 6\), expected .* \(6,\)"
    ):
        Multimodal({"text": Vector(9, 6)}, Concat([6, 6]), 3)
    with pytest.raises(ValueError, match="encoders: got width None of text"):
        Multimodal({"text": nn.Linear(9, 6)}, Concat([6]), 3)
    shared = Vector(9, 6)
    with pytest.raises(ValueError, match="encoders: two share parameters"):
        Multimodal({"left": shared, "right": shared}, Concat([6, 6]), 3)
    with pytest.raises(NotImplementedError):
        Encoder((1, 2, 2), 4)(torch.zeros(1, 1, 2, 2))


def test_importing_the_models_stays_light():
    heavy = "{'transformers', 'lightning', 'torchjd', 'av', 'PIL'}"
    code = f"import sys, rgm_torch.models; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
