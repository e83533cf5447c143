"""What README and CONTRIBUTING tell people to type exists and runs."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from derivations.ledger.record import recorded

ROOT = Path(__file__).parents[2]
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def commands(page: str) -> list[str]:
    """The lines of the page's code blocks, without comments."""
    blocks = re.findall(r"^```(?:sh|bat)\n(.*?)^```", PAGES[page], re.DOTALL | re.MULTILINE)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]


def targets(page: str) -> list[str]:
    """The make targets that the page names, in code blocks and in the text, in its order."""
    return re.findall(r"(?:^|`)make ([a-z]+)", PAGES[page], re.MULTILINE)


def paths(page: str) -> list[str]:
    """The relative paths in the page: links, pictures, and names of files and folders in code."""
    linked = re.findall(r"\]\((?!\w+:|#)([^)#]+)|src=\"([^\"]+)\"", PAGES[page])
    named = re.findall(r"`([\w./-]+(?:/|\.(?:py|md|toml|txt|yml|cff|json)))`", PAGES[page])
    return sorted({path for pair in linked for path in pair if path} | set(named))


def files_on_the_command_line() -> list[str]:
    words = [word for page in PAGES for line in commands(page) for word in line.split()]
    return sorted({word for word in words if re.fullmatch(r"[\w./-]+\.(?:txt|yml)", word)})


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run from the root of the repository, free of the flags of a `make` that runs this test."""
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_verify_comes_first_and_test_second():
    assert commands("README.md")[:4] == ["make verify", "make test", "make lab", "make help"]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("target", sorted({name for page in PAGES for name in targets(page)}))
def test_a_make_target_exists(target):
    result = run("make", "-n", target)
    assert result.returncode == 0, result.stderr
    assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_alone_lists_every_target():
    listed = re.findall(r"^make (\w+)", run("make").stdout, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert listed == phony[1].split()


def test_the_reference_command_line_knows_the_readme_subcommands():
    known = run(sys.executable, "-m", "rgm_ref", "--help")
    assert known.returncode == 0, known.stderr
    named = set(re.findall(r"-m rgm_ref (\w+)", PAGES["README.md"]))
    assert named == {"doctor", "verify"}
    assert all(re.search(rf"^ +{name} ", known.stdout, re.MULTILINE) for name in named)


def test_the_doctor_finds_the_environment_of_this_test_sound():
    result = run(sys.executable, "-m", "rgm_ref", "doctor")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "[OK]   numpy" in result.stdout


@pytest.mark.parametrize("path", files_on_the_command_line())
def test_a_file_on_the_command_line_exists(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_path_exists(page):
    found = paths(page)
    assert found
    assert [path for path in found if not (ROOT / path).exists()] == []


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert script[-1] == "make test"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_examples_print_what_the_readme_shows():
    examples = re.findall(
        r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", PAGES["README.md"], re.DOTALL | re.MULTILINE
    )
    assert len(examples) == PAGES["README.md"].count("```python") == 2
    for code, shown in examples:
        result = run(sys.executable, "-c", code)
        assert result.returncode == 0, result.stderr
        assert result.stdout == shown


def test_the_training_command_of_the_readme_trains(tmp_path):
    line = next(line for line in commands("README.md") if "rgm_torch train" in line)
    words = line.replace("runs/rgm", str(tmp_path / "run")).split()[1:]
    result = run(sys.executable, *words, "--epochs", "1")
    assert result.returncode == 0, result.stderr
    assert {"plane.svg", "metrics.csv", "last.pt"} <= {p.name for p in (tmp_path / "run").iterdir()}


def test_the_counts_of_the_ledger_are_those_recorded():
    verdicts = [entry["verdict"] for entry in recorded().values()]
    counts = re.findall(r"^\| (holds|holds if|fails|open) \| (\d+) \|", PAGES["README.md"], re.M)
    assert {verdict: int(count) for verdict, count in counts} == Counter(verdicts)
    assert f"checks {len(verdicts)} claims" in PAGES["README.md"]


def test_every_claim_that_a_page_names_exists():
    ideas = {claim_id.split("-")[0] for claim_id in recorded()}
    named = re.findall(r"`([a-z]+-[a-z0-9-]+)`", "".join(PAGES.values()))
    claims = {name for name in named if name.split("-")[0] in ideas}
    assert claims
    assert claims <= set(recorded())
