"""The doctor sees what is missing or too old, says what to do, and needs little to run."""

import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest

from rgm_ref import __main__ as command_line
from rgm_ref import doctor

# Imports every module of rgm_ref but the oracles, where only NumPy can be found beside the
# standard library: stricter than hiding SciPy, SymPy, torch and matplotlib by name.
BARE_IMPORT = """
import importlib, pkgutil, sys

class Bare:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.stdlib_module_names | {"numpy", "rgm_ref"}:
            return self.finder.find_spec(name, path, target)

sys.meta_path[:] = [Bare(finder) for finder in sys.meta_path]
import rgm_ref
names = [module.name for module in pkgutil.walk_packages(rgm_ref.__path__, "rgm_ref.")]
for name in names:
    if name != "rgm_ref.oracles":
        importlib.import_module(name)
print(*names)
"""


def pretend(monkeypatch, **versions: str | None) -> None:
    """Let the named packages have these versions; None takes the package away."""

    def version(name: str) -> str:
        found = versions.get(name, "9999")  # dask counts in years
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(metadata, "version", version)


def report(capsys) -> tuple[int, list[str]]:
    """Run the doctor: its exit status and its lines."""
    status = doctor.main()
    return status, capsys.readouterr().out.splitlines()


def line_about(name: str, lines: list[str]) -> int:
    (index,) = [i for i, line in enumerate(lines) if line.split()[1:2] == [name]]
    return index


def test_a_sound_environment_is_ok(monkeypatch, capsys):
    pretend(monkeypatch)
    status, lines = report(capsys)
    assert status == 0
    assert not any(line.startswith("[FAIL]") for line in lines)
    assert lines[-1] == "all requirements hold"


@pytest.mark.parametrize("name", ["numpy", "sympy", "torch"])
def test_a_missing_package_fails_with_the_command_that_installs_it(name, monkeypatch, capsys):
    pretend(monkeypatch, **{name: None})
    status, lines = report(capsys)
    place = line_about(name, lines)
    assert status == 1
    assert lines[place].startswith(f"[FAIL] {name} is missing, needs >=")
    assert f'-m pip install "{name}>=' in lines[place + 1]


def test_a_version_that_is_too_old_fails_with_the_command_that_mends_it(monkeypatch, capsys):
    pretend(monkeypatch, numpy="1.9.3")  # 9 < 26 as numbers, though not as text
    status, lines = report(capsys)
    place = line_about("numpy", lines)
    assert status == 1
    assert lines[place].startswith("[FAIL] numpy 1.9.3 is too old, needs >=")
    assert '-m pip install "numpy>=' in lines[place + 1]


def test_an_old_python_fails(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 14, "final", 0))
    status, lines = report(capsys)
    assert status == 1
    assert lines[0].startswith("[FAIL] python 3.10.14 is too old, needs >=3.11")
    assert "PYTHON=" in lines[1]


def test_a_distribution_that_is_not_installed_fails(monkeypatch, capsys):
    def nothing(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", nothing)
    status, lines = report(capsys)
    assert status == 1
    assert lines[1] == "[FAIL] rgm-course is not installed"
    assert lines[2].endswith('-m pip install -c constraints.txt -e ".[all]"')


def test_every_extra_is_named_and_the_project_itself_is_not():
    wanted = doctor.requirements()
    names = [name for name, _ in wanted]
    assert names[0] == "numpy"
    assert len(names) == len(set(names))
    assert doctor.DISTRIBUTION not in names
    assert {extra for extras in wanted.values() for extra in extras} == {
        "verify",
        "torch",
        "train",
        "media",
        "backbones",
        "integrations",
        "cluster",
        "course",
        "nbgrader",
        "site",
        "test",
    }


def test_the_oldest_python_is_the_one_pyproject_asks_for():
    needs = metadata.metadata(doctor.DISTRIBUTION)["Requires-Python"]
    assert needs == f">={doctor.OLDEST_PYTHON}"


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("2.13.0+cpu", (2, 13, 0)), ("1.26", (1, 26)), ("3.0rc1", (3, 0)), ("4.1.dev0", (4, 1))],
)
def test_release_numbers(version, numbers):
    assert doctor.release(version) == numbers


def fake_torch(cuda: bool, mps: bool) -> SimpleNamespace:
    return SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: cuda, get_device_name=lambda: "a card"),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda (a card)"), (False, True, "mps"), (False, False, "cpu")],
)
def test_the_device_is_the_fastest_there_is(cuda, mps, expected, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", fake_torch(cuda, mps))
    assert f"training would use: {expected}" in report(capsys)[1]


def test_without_torch_there_is_no_device_and_no_crash(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)  # `import torch` then raises
    assert "training would use: none, torch is not installed" in report(capsys)[1]


def test_the_reference_imports_with_numpy_alone():
    command = [sys.executable, "-c", BARE_IMPORT]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert {"rgm_ref.doctor", "rgm_ref.__main__", "rgm_ref.synorth"} <= set(result.stdout.split())


def test_verify_hands_its_arguments_to_the_ledger(monkeypatch):
    calls = []
    ledger = SimpleNamespace(main=lambda arguments: calls.append(arguments) or 3)
    monkeypatch.setitem(sys.modules, "derivations.__main__", ledger)
    assert command_line.main(["verify", "--only", "orth-exact", "--fast", "--help"]) == 3
    assert calls == [["verify", "--only", "orth-exact", "--fast", "--help"]]


def test_verify_without_its_extra_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "derivations.__main__", None)
    assert command_line.main(["verify"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith('-m pip install -c constraints.txt -e ".[verify]"')


@pytest.mark.parametrize("arguments", [[], ["dance"], ["doctor", "--loud"]])
def test_a_mistake_is_answered_with_the_help(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        command_line.main(arguments)
    assert stop.value.code == 2
    assert "check every claim of the paper" in capsys.readouterr().err
