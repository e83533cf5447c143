"""CITATION.cff is valid where it counts: the software, in its version, and the paper."""

import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("key", ["cff-version", "message", "title", "authors"])
def test_required_key(key):
    assert CITATION[key]


def test_the_format_is_version_1_2_0():
    assert str(CITATION["cff-version"]) == "1.2.0"


def test_it_agrees_with_pyproject():
    assert CITATION["type"] == "software"
    assert str(CITATION["version"]) == PROJECT["version"]
    assert " AND ".join(CITATION["license"]) == PROJECT["license"]
    assert CITATION["authors"] == PROJECT["authors"]


def test_the_paper_is_cited_with_its_four_authors():
    (paper,) = CITATION["references"]
    assert paper["title"] == "Reconcile Gradient Modulation for Harmony Multimodal Learning"
    assert paper["conference"]["name"] == "AAAI 2026"
    names = [f"{author['given-names']} {author['family-names']}" for author in paper["authors"]]
    assert names == ["Xiyuan Gao", "Bing Cao", "Baoquan Gong", "Pengfei Zhu"]
