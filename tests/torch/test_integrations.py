"""The layer in other people's training loops: where `follow` goes, and that nothing else is needed.

Each example is as short as it can be, and compared with a plain loop on the same batches.
"""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from rgm_torch import RGM

STEPS, RATE = 4, 0.1


class Model(nn.Module):
    """Two encoders, one line of RGM, a head."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.audio, self.video, self.head = nn.Linear(5, 6), nn.Linear(5, 6), nn.Linear(12, 3)
        self.rgm = RGM()

    def forward(self, x):
        za, zv = self.rgm(self.audio(x), self.video(x))
        return self.head(torch.cat([za, zv], dim=-1))


def data():
    """Inputs and targets for STEPS batches of eight."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(8 * STEPS, 5, generator=generator)
    return x, 2 * x[:, :3]


@pytest.fixture(scope="module")
def plain() -> Model:
    """Trained in a plain loop."""
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    model.rgm.follow(optimizer)
    for x, y in zip(*(part.split(8) for part in data()), strict=True):
        optimizer.zero_grad()
        mse_loss(model(x), y).backward()
        optimizer.step()
    return model


def assert_same(model: Model, plain: Model) -> None:
    """The same arithmetic in the same order: equal up to float32 rounding."""
    assert model.rgm.cge.steps == STEPS
    for (name, value), expected in zip(model.named_parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(value, expected, msg=name)
    torch.testing.assert_close(model.rgm.energy, plain.rgm.energy)
    recorded, expected_rows = model.rgm.recorder.numpy(), plain.rgm.recorder.numpy()
    for name, column in expected_rows.items():
        np.testing.assert_allclose(recorded[name], column, rtol=1e-4, atol=1e-6, err_msg=name)


# Lightning's own: a deprecated name of torch's trees, and its advice on loaders and loggers.
@pytest.mark.filterwarnings("ignore:.*LeafSpec.* is deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning:lightning")
def test_lightning(plain, tmp_path):
    """`follow` belongs into `configure_optimizers`, where the optimizer is made."""
    lightning = pytest.importorskip("lightning", reason="needs the extra [integrations]")

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = Model()

        def training_step(self, batch, _):
            x, y = batch
            return mse_loss(self.model(x), y)

        def configure_optimizers(self):
            optimizer = torch.optim.SGD(self.parameters(), lr=RATE)
            self.model.rgm.follow(optimizer)
            return optimizer

    module = Module()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*data()), batch_size=8)
    trainer = lightning.Trainer(
        max_epochs=1, accelerator="cpu", devices=1, logger=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=tmp_path,
    )  # fmt: skip
    trainer.fit(module, loader)
    assert_same(module.model, plain)
    saved = torch.load(next(tmp_path.rglob("*.ckpt")), weights_only=False)["state_dict"]
    assert torch.equal(saved["model.rgm.cge.energy"], plain.rgm.energy)


def test_hugging_face_trainer(plain, tmp_path):
    """`follow` belongs beside the optimizer: made by hand and handed over, as here."""
    transformers = pytest.importorskip("transformers", reason="needs the extra [integrations]")
    pytest.importorskip("accelerate", reason="needs the extra [integrations]")
    model = WithLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    model.model.rgm.follow(optimizer)
    trainer = transformers.Trainer(
        model, settings(transformers, tmp_path), train_dataset=rows(), optimizers=(optimizer, None)
    )
    trainer.train()
    assert_same(model.model, plain)
    assert_saved(tmp_path, plain)


def test_hugging_face_trainer_that_makes_its_optimizer(plain, tmp_path):
    """Or in `create_optimizer`, which the Trainer calls for an optimizer of its own making."""
    transformers = pytest.importorskip("transformers", reason="needs the extra [integrations]")
    pytest.importorskip("accelerate", reason="needs the extra [integrations]")

    class Trainer(transformers.Trainer):
        def create_optimizer(self, *args, **kwargs):
            optimizer = super().create_optimizer(*args, **kwargs)
            self.model.model.rgm.follow(optimizer)
            return optimizer

    model = WithLoss()
    Trainer(
        model, settings(transformers, tmp_path, optim="sgd", learning_rate=RATE),
        train_dataset=rows(),
    ).train()  # fmt: skip
    assert_same(model.model, plain)


class WithLoss(nn.Module):
    """What the Trainer asks of a model: named arguments in, a loss and logits out."""

    def __init__(self):
        super().__init__()
        self.model = Model()

    def forward(self, x, labels):
        logits = self.model(x)
        return {"loss": mse_loss(logits, labels), "logits": logits}


def rows() -> list[dict]:
    """One dictionary per sample."""
    return [{"x": x, "labels": y} for x, y in zip(*data(), strict=True)]


def settings(transformers, folder, **options):
    """One epoch in order on the CPU, silent, at a constant rate, saved at its end."""
    return transformers.TrainingArguments(
        output_dir=str(folder), per_device_train_batch_size=8, num_train_epochs=1, use_cpu=True,
        lr_scheduler_type="constant", max_grad_norm=0, report_to=[], disable_tqdm=True,
        train_sampling_strategy="sequential", save_strategy="epoch", logging_strategy="no",
        dataloader_pin_memory=False, **options,
    )  # fmt: skip


def assert_saved(folder, plain: Model) -> None:
    """The checkpoint, which holds tensors only, has the layer's state too."""
    from safetensors.torch import load_file

    saved = load_file(next(folder.rglob("model.safetensors")))
    assert torch.equal(saved["model.rgm.cge.energy"], plain.rgm.energy)
    assert "model.rgm.recorder._extra_state" in saved
