"""The configuration of a run: a frozen dataclass, and the TOML file that holds one."""

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_origin

from rgm_torch._names import unknown
from rgm_torch.training.errors import Mistake

FORMAT = 1
"""Version of the files; a file of another version is refused, not guessed at."""

MACHINE = ("device", "threads", "workers", "checkpoint_every", "time_steps")
"""Keys that say how to compute and not what: a resumed run may change them."""


def key(
    default: Any,
    text: str,
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    above: float | None = None,
) -> Any:
    """A field with what its flag's help says and what its values may be."""
    metadata = {"help": text, "choices": choices, "least": least, "above": above}
    return field(default=default, metadata=metadata)


def table(text: str) -> dict[str, Any]:
    """What a table's flag says."""
    return {"help": text, "choices": (), "least": None, "above": None}


@dataclass(frozen=True, kw_only=True)
class Config:
    """All that decides a run. Raises: Mistake that names the key, for a bad type or value."""

    data: str = key("av-digits", "data set: av-digits, bounce-av, a preset or a reader's name")
    dials: dict[str, Any] = field(default_factory=dict, metadata=table("setting of the data set"))
    data_seed: int = key(0, "seed of the data", least=0)
    method: str = key("joint", "training method: joint, rgm, unimodal, late-fusion, ...")
    method_options: dict[str, Any] = field(
        default_factory=dict, metadata=table("option of the method")
    )
    encoder: str = key("cnn", "encoder of every modality: cnn, transformer, resnet18, vit-base")
    fusion: str = key("concat", "fusion of the features: concat, sum, gated, film")
    width: int = key(64, "width of the features (that of resnet18 and vit-base is fixed)", least=1)
    weights: str = key("", "folder with pretrained weights for resnet18 and vit-base")
    seed: int = key(0, "seed of the start, of the data order and of the method", least=0)
    epochs: int = key(10, "passes over the training split", least=1)
    batch_size: int = key(64, "clips per step", least=1)
    optimizer: str = key("sgd", "optimizer", choices=("sgd", "adamw"))
    lr: float = key(0.05, "learning rate at the start", above=0)
    momentum: float = key(0.9, "momentum of SGD, β₁ of AdamW", least=0)
    weight_decay: float = key(1e-4, "weight decay", least=0)
    schedule: str = key(
        "cosine",
        "learning rate over time: half a cosine down to 0, a tenth in the last 3/10, or constant",
        choices=("cosine", "step", "constant"),
    )
    select: str = key(
        "last",
        "which epoch is tested: the last (fixed budget) or the best on the validation split",
        choices=("last", "best"),
    )
    test: bool = key(True, "read the test split at the end; a trial of a search does without")
    device: str = key("auto", "auto (a GPU if there is one), cpu, cuda, cuda:1, mps")
    amp: bool = key(False, "mixed precision: float16 with loss scaling on CUDA, else bfloat16")
    threads: int = key(0, "CPU threads of torch, 0 for its own choice", least=0)
    workers: int = key(0, "processes that read data", least=0)
    checkpoint_every: int = key(0, "steps between checkpoints within an epoch, 0 for none", least=0)
    time_steps: int = key(0, "steps timed against Joint's at the end, 0 for none", least=0)

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            object.__setattr__(self, item.name, checked(item, getattr(self, item.name)))


def checked(item: dataclasses.Field, value: Any) -> Any:
    """The value, if the field takes it; an integer is welcome where a float is wanted."""
    wanted: Any = get_origin(item.type) or item.type
    if wanted is float and type(value) is int:
        value = float(value)
    if wanted is dict and isinstance(value, dict):  # what a TOML file gives back
        value = {k: list(v) if isinstance(v, tuple) else v for k, v in value.items()}
    if type(value) is not wanted:
        raise Mistake(f"{item.name}: got {value!r}, expected {wanted.__name__}")
    choices, least, above = (item.metadata[k] for k in ("choices", "least", "above"))
    if choices and value not in choices:
        raise Mistake(f"{item.name}: got {value!r}, expected one of {', '.join(choices)}")
    if least is not None and not least <= value < float("inf"):
        raise Mistake(f"{item.name}: got {value}, expected a finite number >= {least}")
    if above is not None and not above < value < float("inf"):
        raise Mistake(f"{item.name}: got {value}, expected a finite number > {above}")
    return value


def from_mapping(values: Mapping[str, Any], source: str) -> Config:
    """A configuration from keys and values; `source` is what messages call it.

    Raises: Mistake that names the key and the source, with the nearest known key.
    """
    known = [item.name for item in dataclasses.fields(Config)]
    for name in values:
        if name not in known:
            raise Mistake(f"{source}: key: {unknown(name, known, 'known keys')}")
    try:
        return Config(**values)
    except Mistake as error:
        raise Mistake(f"{source}: {error}") from None


def read(path: Path) -> dict[str, Any]:
    """Keys and values of a TOML file, as they stand there.

    Raises: Mistake for a file that is missing, is not TOML, or is of another version.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Mistake(f"{path}: there is no such configuration file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Mistake(f"{path}: not a TOML file: {error}") from None
    version = values.pop("format", FORMAT)
    if version != FORMAT:
        raise Mistake(f"{path}: format {version!r}, but this version reads format {FORMAT}")
    return values


def to_toml(config: Config) -> str:
    """The configuration as TOML that `read` gives back, value for value."""
    values = {"format": FORMAT} | dataclasses.asdict(config)
    tables = {name: value for name, value in values.items() if isinstance(value, dict)}
    lines = [f"{name} = {literal(value)}" for name, value in values.items() if name not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{literal(k)} = {literal(v)}" for k, v in table.items())]
    return "\n".join(lines) + "\n"


def literal(value: Any) -> str:
    """A value in TOML. Raises: Mistake for what TOML cannot say, such as None."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(k)} = {literal(v)}' for k, v in value.items())}}}"
    raise Mistake(f"value: got {value!r}, which a configuration file cannot hold")


def differences(ours: Config, theirs: Mapping[str, Any]) -> list[str]:
    """What differs between a configuration and that of a saved run, MACHINE keys aside."""
    mine = dataclasses.asdict(ours)
    names = [name for name in [*mine, *theirs] if name not in MACHINE]
    return [
        f"{name}: the run has {theirs.get(name)!r}, asked for {mine.get(name)!r}"
        for name in dict.fromkeys(names)
        if mine.get(name) != theirs.get(name)
    ]
