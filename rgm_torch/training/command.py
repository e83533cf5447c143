"""The command `python -m rgm_torch train`."""

import argparse
import dataclasses
import sys
import tomllib
from pathlib import Path
from typing import Any

from rgm_torch.training.config import Config, from_mapping, read
from rgm_torch.training.display import Display, results
from rgm_torch.training.errors import Interrupted, Mistake, Stopped
from rgm_torch.training.run import train

CONFIGS = Path(__file__).with_name("configs")
SECTIONS = {
    "data": "data",
    "method": "method",
    "encoder": "model",
    "seed": "training",
    "device": "machine",
}
"""The keys that a section of the help begins with."""

TABLES = {"dials": "--dial", "method_options": "--method-option"}
DESCRIPTION = """\
Train an audio-visual model. Everything has a default; a configuration file sets some keys, flags
set others and win. The run's folder holds the configuration, checkpoints, tables and figures.
Ctrl-C saves; the same command with --resume goes on where it stopped."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of every key, with its help, choices and default."""
    parser.description = DESCRIPTION
    parser.usage = "%(prog)s --out FOLDER [--resume] [--config FILE] [--KEY VALUE ...]"
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", required=True, help="folder of the run"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in the folder")
    names = ", ".join(sorted(path.stem for path in CONFIGS.glob("*.toml")))
    parser.add_argument("--config", metavar="FILE", help=f"TOML file, or one of: {names}")
    section: Any = parser
    for item in dataclasses.fields(Config):
        if item.name in SECTIONS:
            section = parser.add_argument_group(SECTIONS[item.name])
        text, choices = item.metadata["help"], item.metadata["choices"]
        if item.name in TABLES:
            flag = TABLES[item.name]
            options: dict[str, Any] = {"action": "append", "type": pair, "metavar": "KEY=VALUE"}
            text += "; may come several times"
        else:
            flag = "--" + item.name.replace("_", "-")
            text += f" (default: {item.default})" if item.default != "" else ""
            options = flag_options(item, choices)
        section.add_argument(flag, dest=item.name, default=None, help=text, **options)


def flag_options(item: dataclasses.Field, choices: tuple[str, ...]) -> dict[str, Any]:
    """How argparse reads a value of the field's type."""
    if item.type is bool:
        return {"action": argparse.BooleanOptionalAction}
    if choices:
        return {"metavar": "|".join(choices)}
    kind: Any = item.type
    return {"type": kind, "metavar": {str: "NAME", int: "N", float: "X"}[kind]}


def pair(text: str) -> tuple[str, Any]:
    """'key=value' → (key, value), the value as TOML would read it, else as text."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected KEY=VALUE")
    try:
        return name, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name, value


def configuration(options: argparse.Namespace) -> Config:
    """What the folder (on --resume), the file and the flags say, the later ones winning.

    Raises: Mistake that names the key and where it stands, or for nothing to resume.
    """
    values: dict[str, Any] = {}
    there = options.out / "config.toml"
    for path in ([there] if options.resume and there.exists() else []) + config_file(options):
        found = read(path)
        from_mapping(found, str(path))  # so that a mistake names the file
        values = merged(values, found)
    for item in dataclasses.fields(Config):
        given = getattr(options, item.name)
        if given is not None:
            values = merged(values, {item.name: dict(given) if item.name in TABLES else given})
    if options.resume and not values:
        raise Mistake(f"{options.out}: holds no run to go on with")
    return from_mapping(values, "flags")


def config_file(options: argparse.Namespace) -> list[Path]:
    """The file that --config names: a path, or the name of one that comes with the package."""
    if options.config is None:
        return []
    own = CONFIGS / f"{options.config}.toml"
    return [own if own.exists() and not Path(options.config).exists() else Path(options.config)]


def merged(values: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """`more` over `values`; tables are joined key by key."""
    joined = {name: {**values.get(name, {}), **more[name]} for name in TABLES if name in more}
    return {**values, **more, **joined}


def main(options: argparse.Namespace) -> int:
    """Run the command and return its exit status: 0, 1 run stopped, 2 mistake, 128 + signal."""
    display = Display()
    go_on = f"to go on: python -m rgm_torch train --out {options.out} --resume"
    try:
        config = configuration(options)
        display.say(results(train(config, options.out, resume=options.resume, display=display)))
    except Mistake as mistake:
        return fail(2, f"error: {mistake}")
    except Interrupted as stop:
        return fail(stop.code, f"{stop}\n{go_on}")
    except Stopped as stop:
        return fail(1, f"error: {stop}")
    except KeyboardInterrupt:
        saved = (options.out / "last.pt").exists()
        return fail(130, f"stopped at once\n{go_on}" if saved else "stopped; nothing was saved")
    return 0


def fail(status: int, message: str) -> int:
    """Say it where errors are said."""
    print(message, file=sys.stderr)
    return status
