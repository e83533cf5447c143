"""Configurations: files, flags, and what is said about a mistake in either."""

from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_torch.__main__ import parser
from rgm_torch.training.command import CONFIGS, SECTIONS, configuration
from rgm_torch.training.config import Config, differences, from_mapping, read, to_toml
from rgm_torch.training.errors import Mistake

TEXT = st.text(st.characters(exclude_categories=["C"]))  # no control characters, no surrogates
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    TEXT,
    st.lists(st.integers(0, 9)),
    st.dictionaries(TEXT, st.booleans()),
)


def configured(tmp_path, *flags: str) -> Config:
    """The configuration that a command line asks for."""
    return configuration(parser().parse_args(["train", "--out", str(tmp_path), *flags]))


@given(dials=st.dictionaries(TEXT, VALUES), lr=st.floats(1e-300, 1e300), name=TEXT)
def test_a_configuration_survives_its_file(tmp_path_factory, dials, lr, name):
    config = Config(dials=dials, lr=lr, method=name, amp=True)
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text(to_toml(config), encoding="utf-8")
    assert from_mapping(read(path), "file") == config


def test_flags_win_over_the_file_and_tables_are_joined(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text(
        "lr = 0.5\nseed = 3\n[dials]\nnoise = 1\nsize = 100\n[method_options]\nblocks = 2"
    )
    config = configured(
        tmp_path, "--config", str(path), "--lr", "0.25", "--dial", "noise=0.5", "--dial", "who=me"
    )
    assert (config.lr, config.seed) == (0.25, 3)
    assert config.dials == {"noise": 0.5, "size": 100, "who": "me"}
    assert config.method_options == {"blocks": 2}


def test_every_key_has_a_flag_that_arrives(tmp_path):
    given_flags = {
        str: "abc", int: "7", float: "0.125", bool: None,
    }  # fmt: skip
    for item in fields(Config):
        flag = "--" + item.name.replace("_", "-")
        if item.name in ("dials", "method_options"):
            arguments, expected = [flag.removesuffix("s"), "a=[1, 2]"], {"a": [1, 2]}
        elif item.metadata["choices"]:
            expected = item.metadata["choices"][-1]
            arguments = [flag, expected]
        elif item.type is bool:
            arguments, expected = [flag], True
        else:
            text = given_flags[item.type]
            arguments, expected = [flag, text], item.type(text)
        assert getattr(configured(tmp_path, *arguments), item.name) == expected


def test_every_section_of_the_help_begins_with_a_key():
    assert set(SECTIONS) <= {item.name for item in fields(Config)}


def test_the_help_can_be_read(capsys):
    with pytest.raises(SystemExit) as done:
        parser().parse_args(["train", "--help"])
    text = capsys.readouterr().out
    assert done.value.code == 0
    assert all(len(line) <= 100 for line in text.splitlines())
    for item in fields(Config):
        assert " ".join(item.metadata["help"].split()[:3]) in " ".join(text.split())


def test_the_papers_setting_comes_along(tmp_path):
    config = configured(tmp_path, "--config", "paper")
    stated = (config.encoder, config.optimizer, config.momentum, config.lr, config.weight_decay)
    assert stated == ("resnet18", "sgd", 0.9, 1e-3, 1e-4)
    assert (config.batch_size, config.data, config.fusion) == (64, "crema-d", "concat")
    assert "No result of this repository" in (CONFIGS / "paper.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rate = 1", r"key: got 'learning_rate'.*known keys: data, dials"),
        ("epoch = 1", r"key: got 'epoch'; did you mean 'epochs'\?"),
        ("epochs = 1.5", "epochs: got 1.5, expected int"),
        ("epochs = true", "epochs: got True, expected int"),
        ("epochs = 0", "epochs: got 0, expected a finite number >= 1"),
        ("lr = 0", "lr: got 0.0, expected a finite number > 0"),
        ("lr = nan", "lr: got nan, expected a finite number > 0"),
        ("lr = inf", "lr: got inf, expected a finite number > 0"),
        ("lr = 'fast'", "lr: got 'fast', expected float"),
        ("optimizer = 'adam'", "optimizer: got 'adam', expected one of sgd, adamw"),
        ("dials = 3", "dials: got 3, expected dict"),
        ("lr = ", "not a TOML file"),
        ("format = 99", "format 99, but this version reads format 1"),
    ],
)
def test_a_mistake_in_a_file_names_the_key_and_the_file(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(Mistake, match=rf"mine.toml: .*{message}"):
        configured(tmp_path, "--config", str(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Mistake, match=r"none.toml: there is no such configuration file"):
        configured(tmp_path, "--config", str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--lr", "fast"], "argument --lr: invalid float value: 'fast'"),
        (["--dial", "noise"], "argument --dial: got 'noise', expected KEY=VALUE"),
        (["--sede", "1"], "unrecognized arguments: --sede 1"),
    ],
)
def test_a_mistake_in_a_flag_names_the_flag(tmp_path, capsys, flags, message):
    with pytest.raises(SystemExit) as stop:
        configured(tmp_path, *flags)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_differences_name_the_key_and_both_values_but_not_the_machine():
    theirs = asdict(Config(lr=0.5, device="cpu", threads=3))
    assert differences(Config(device="auto"), theirs) == ["lr: the run has 0.5, asked for 0.05"]
    assert differences(Config(lr=0.5), theirs) == []


def test_none_cannot_be_written():
    with pytest.raises(ValueError, match="got None, which a configuration file cannot hold"):
        to_toml(Config(dials={"a": None}))
