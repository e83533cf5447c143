"""Checkpoints: all state of a run in one file, written at one stroke, that never runs code."""

import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rgm_torch.training.config import FORMAT, Config, differences
from rgm_torch.training.errors import Mistake
from rgm_torch.training.files import write

KIND = "rgm-course checkpoint"


def save(path: Path, config: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Write a checkpoint. Raises: Stopped where the disk refuses; an older checkpoint survives.

    It is built in memory first: the archive writer reports a full disk less clearly than a file.
    """
    memory = io.BytesIO()
    torch.save({"kind": KIND, "format": FORMAT, "config": dict(config), **state}, memory)
    write(path, memory.getvalue())


def load(path: Path, config: Config | None = None) -> dict[str, Any]:
    """Read a checkpoint, its tensors on the CPU; with `config`, one of that very configuration.

    Only tensors and plain values are read (`weights_only`): a file cannot make the reader run code.
    Raises: Mistake for a file that is damaged, is no checkpoint, is one of another version, or
    belongs to another configuration (saying what differs).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # torch itself does not compare the checksums
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise Mistake(f"{path}: there is no such checkpoint") from None
    except (zipfile.BadZipFile, pickle.UnpicklingError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise Mistake(f"{path}: not a checkpoint, or a damaged one: {reason}") from None
    if damaged:
        raise Mistake(f"{path}: damaged: the checksum of {damaged} is wrong")
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise Mistake(f"{path}: a torch file, but not a checkpoint of a training run")
    if content["format"] != FORMAT:
        raise Mistake(
            f"{path}: checkpoint format {content['format']}, but this version reads {FORMAT}"
        )
    if config is not None and (changed := differences(config, content["config"])):
        raise Mistake(f"{path}: of another configuration: {'; '.join(changed)}")
    return content
