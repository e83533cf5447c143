"""pyproject.toml, environment.yml and constraints.txt name the same packages."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA_NAMES = {"torch": "pytorch"}  # the packages that conda-forge names otherwise
PIP_ONLY = {"torchjd", "sphinx-mathjax-offline"}  # those that come from the Python index there, too


def declared() -> list[Requirement]:
    """Every direct requirement of [all]; the distribution's own extras are only references."""
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    wanted = [Requirement(line) for lines in lists for line in lines]
    return [requirement for requirement in wanted if requirement.name != PROJECT["name"]]


def reached(extra: str) -> set[str]:
    """The extras that an extra brings with it, itself included."""
    lines = [Requirement(line) for line in PROJECT["optional-dependencies"][extra]]
    own = [name for line in lines if line.name == PROJECT["name"] for name in line.extras]
    return {extra}.union(*map(reached, own))


def constraint_lines() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def pinned() -> dict[str, Version]:
    pairs = (line.split("==") for line in constraint_lines())
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def conda() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


REQUIREMENTS = declared()
LITE = ROOT / "notebooks" / "course" / "lite" / "requirements.txt"
ASKED = [Requirement(line) for line in LITE.read_text(encoding="utf-8").splitlines()[1:]]


def test_all_reaches_every_extra():
    assert reached("all") == set(PROJECT["optional-dependencies"])


def test_the_reference_needs_numpy_alone():
    assert [Requirement(line).name for line in PROJECT["dependencies"]] == ["numpy"]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_every_range_is_one_lower_bound(requirement):
    # The doctor compares versions without help from a third party: it knows this form only.
    assert re.fullmatch(r">=\d+(\.\d+)*", str(requirement.specifier))


@pytest.mark.parametrize("requirement", REQUIREMENTS + ASKED, ids=str)
def test_the_constraint_satisfies_the_range(requirement):
    assert requirement.specifier.contains(pinned()[canonicalize_name(requirement.name)])


def test_a_package_has_one_range():
    bounds = {(requirement.name, str(requirement.specifier)) for requirement in REQUIREMENTS}
    assert len(bounds) == len({name for name, _ in bounds})


def test_conda_names_the_same_packages_and_ranges():
    ours = {
        CONDA_NAMES.get(requirement.name, canonicalize_name(requirement.name))
        + str(requirement.specifier)
        for requirement in REQUIREMENTS
        if requirement.name not in PIP_ONLY
    }
    listed = [entry for entry in conda()["dependencies"] if isinstance(entry, str)]
    assert set(listed) == ours | {"pip", "python" + PROJECT["requires-python"]}
    assert len(listed) == len(set(listed))


def test_conda_installs_the_rest_and_the_project_itself_with_pip():
    rest = {str(requirement) for requirement in REQUIREMENTS if requirement.name in PIP_ONLY}
    assert {"pip": [*sorted(rest), "--editable ."]} in conda()["dependencies"]


@pytest.mark.parametrize("line", constraint_lines())
def test_a_constraint_is_a_name_and_an_exact_version(line):
    # No address, no path and no local label such as "+cpu", which other machines cannot find.
    assert re.fullmatch(r"[\w.-]+==[\w.]+", line)


def test_constraints_name_each_package_once():
    assert len(pinned()) == len(constraint_lines())


def test_torch_is_exactly_the_version_ci_has():
    assert "torch==2.13.0" in constraint_lines()
