"""Training: `train(Config(method="rgm"), "runs/x")`, or `python -m rgm_torch train` in a shell."""

from rgm_torch.training.config import Config
from rgm_torch.training.errors import Interrupted, Mistake, Stopped
from rgm_torch.training.run import train

__all__ = ["Config", "Interrupted", "Mistake", "Stopped", "train"]
