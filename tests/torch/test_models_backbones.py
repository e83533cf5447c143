"""ResNet-18 and ViT-Base behind the interface of the small encoders; nothing is downloaded."""

import sys
from shutil import copy

import pytest
import torch

from rgm_torch.models import build

library = pytest.importorskip("transformers", reason="the extra 'backbones' is not installed")

from rgm_torch.models.backbones import ResNet18, ViTBase  # noqa: E402

SPECTROGRAM, FRAMES = (1, 64, 64), (2, 3, 64, 64)


def size(module):
    return sum(p.numel() for p in module.parameters())


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """A socket that opens fails the test."""

    def refuse(*arguments, **options):
        raise AssertionError("a backbone asked for the network")

    monkeypatch.setattr("socket.socket.connect", refuse)


def test_resnet18_is_the_architecture():
    """11,689,512 parameters of the published network less 513,000 of its classifier."""
    assert size(ResNet18((3, 64, 64))) == 11_176_512


def test_vit_base_is_the_architecture():
    """86.6 million published, less 0.8 million of the classifier of 1000 classes."""
    with torch.device("meta"):
        assert size(ViTBase((3, 224, 224))) == 85_798_656


def test_two_resnets_see_sound_and_frames():
    model = build({"audio": SPECTROGRAM, "video": FRAMES}, 6, encoder="resnet18", seed=0)
    inputs = {"audio": torch.randn(2, *SPECTROGRAM), "video": torch.randn(2, *FRAMES)}
    features = model.features(inputs)
    assert {name: z.shape for name, z in features.items()} == {
        "audio": (2, 512),
        "video": (2, 512),
    }
    model.classify(features).square().sum().backward()
    assert all((p.grad != 0).any() for p in model.parameters())
    grouped = {id(p) for group in model.parameters_of.values() for p in group}
    assert grouped == {id(p) for p in model.parameters()}


def test_vit_sees_a_spectrogram_that_is_not_square():
    encoder = ViTBase((1, 32, 48))
    x = torch.randn(2, 1, 32, 48)
    z = encoder(x)
    assert z.shape == (2, 768)
    class_token = encoder.network(x).last_hidden_state[:, 0]
    # twelve blocks in float32, the same ones: a hundred roundings of 6e-8 at most
    torch.testing.assert_close(z, class_token, rtol=1e-5, atol=1e-5)
    z.square().sum().backward()
    assert all(p.grad is not None for p in encoder.parameters())


def test_frames_are_averaged():
    encoder = ResNet18(FRAMES).double().eval()
    clips = torch.randn(2, *FRAMES, dtype=torch.float64)
    one_by_one = torch.stack([encoder(clips[:, t : t + 1].expand_as(clips)) for t in range(2)])
    # 18 layers in float64, averaged in another order
    torch.testing.assert_close(encoder(clips), one_by_one.mean(dim=0), rtol=1e-9, atol=1e-9)


def test_seed_decides_the_weights():
    first, again = (build({"a": SPECTROGRAM}, 3, encoder="resnet18", seed=2) for _ in range(2))
    assert all(map(torch.equal, first.state_dict().values(), again.state_dict().values()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Random weights of a ResNet-18 for RGB, in the library's format."""
    path = tmp_path_factory.mktemp("weights")
    ResNet18((3, 64, 64)).network.save_pretrained(path)
    return path


def test_weights_come_from_a_folder(folder):
    """A spectrogram is repeated in the three channels that the first convolution has."""
    shapes = {"audio": SPECTROGRAM, "video": FRAMES}
    model = build(shapes, 6, encoder="resnet18", weights=folder).eval()
    audio, video = model.encoders.values()
    assert all(map(torch.equal, audio.state_dict().values(), video.state_dict().values()))
    spectrogram = torch.randn(1, *SPECTROGRAM)
    as_rgb = spectrogram.unsqueeze(1).expand(1, *FRAMES)
    torch.testing.assert_close(audio(spectrogram), video(as_rgb), rtol=1e-5, atol=1e-5)
    assert all(part.training for part in ResNet18((3, 64, 64), folder).modules())


def test_positions_of_pretrained_weights_are_interpolated(tmp_path):
    ViTBase((3, 32, 32)).network.save_pretrained(tmp_path)
    encoder = ViTBase((1, 64, 48), tmp_path)
    with torch.no_grad():
        assert encoder(torch.randn(1, 1, 64, 48)).shape == (1, 768)


def test_weights_of_another_kind_are_refused(folder, tmp_path):
    with pytest.raises(ValueError, match=r"weights: got .*, expected a folder with config\.json"):
        ResNet18((3, 64, 64), tmp_path)
    with pytest.raises(ValueError, match=r"weights: got a network with .*resnet.* expected .*vit"):
        ViTBase((3, 64, 64), folder)
    with pytest.raises(ValueError, match="shape: got 2 channels, expected 1 or the weights' 3"):
        ResNet18((2, 64, 64), folder)


def test_pickled_weights_are_refused(folder, tmp_path):
    copy(folder / "config.json", tmp_path)
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match=r"expected .* config\.json and model\.safetensors"):
        ResNet18((3, 64, 64), tmp_path)


def test_weights_that_leave_a_gap_are_refused(folder, tmp_path):
    """The library itself would fill the gap with random numbers and go on."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights["embedder.embedder.convolution.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    copy(folder / "config.json", tmp_path)
    with pytest.raises(ValueError, match=r"weights: got none for .*convolution\.weight"):
        ResNet18((3, 64, 64), tmp_path)


def test_pictures_smaller_than_a_patch_are_refused():
    with pytest.raises(ValueError, match="shape: got pictures of"):
        ViTBase((3, 8, 64))


def test_an_absent_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r'pip install "rgm-course\[backbones\]"'):
        build({"video": FRAMES}, 3, encoder="resnet18")
