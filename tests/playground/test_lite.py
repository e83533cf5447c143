"""The proofs in a browser: without NumPy, from one folder, and with no request to anywhere else."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from course.lite import pages, wheel

from derivations import REGISTRY
from derivations.ledger.record import recorded

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "site" / "lite"
SYMBOLIC = {claim.id for claim in REGISTRY.values() if claim.proofs or claim.refutations}


@pytest.fixture(scope="session")
def told(tmp_path_factory) -> dict:
    """What `without_numpy` found: the ledger's wheel and the notebooks, in a bare interpreter."""
    folder, notebooks = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("notebooks")
    with ZipFile(wheel.write_wheel(folder)) as ours:
        ours.extractall(folder)
    pages.write(notebooks)
    script = Path(__file__).with_name("without_numpy.py")
    command = [sys.executable, str(script), str(folder), str(notebooks)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_symbolic_proof_runs_without_numpy_to_the_recorded_verdict(told):
    assert set(told["shown"]) == SYMBOLIC
    assert len(SYMBOLIC) > 140
    for claim_id, text in told["shown"].items():
        assert f"The symbolic legs say: **{recorded()[claim_id]['verdict']}** (" in text


def test_what_was_not_run_is_not_said_to_have_run(told):
    assert told["numpy"] == "No module named 'numpy'"
    assert told["reference"] == "No module named 'rgm_ref'"
    for use in ("a formula", "a leg"):
        assert told[use] == "this needs NumPy, which is not in the browser"
    for claim_id, text in told["shown"].items():
        legs = len(REGISTRY[claim_id].legs) + len(REGISTRY[claim_id].observations)
        assert text.partition("Not run in the browser")[2].count("\n- ") == legs
        assert "digits" not in text


def test_an_editable_proof_is_complete_and_a_change_is_caught_where_it_hurts(told):
    assert set(told["lacking"]) == {f"{claim_id}-source" for claim_id in SYMBOLIC}
    assert not any(told["lacking"].values())
    assert told["unchanged"] == "None"
    assert "not accepted: The constraint fixes the multiplier" in told["changed"]


def test_each_symbolic_claim_has_one_cell_and_the_notebooks_are_the_same_every_time(tmp_path):
    first, second = pages.write(tmp_path / "a"), pages.write(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    run = []
    for path in first:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        run += [cell.source for cell in notebook.cells if cell.source.startswith("prove(")]
    assert sorted(run) == sorted(f'prove("{claim_id}")' for claim_id in SYMBOLIC)


def test_the_list_names_what_is_here_and_nothing_else(tmp_path):
    pytest.importorskip("jupyterlite_pyodide_kernel", reason="`make lite` installs it")
    from course.lite import distribution, downloads

    names = ["comm", *downloads.WANTED]
    loads = tmp_path / "downloads"
    loads.mkdir()
    package = {"version": "1", "file_name": "x", "sha256": "old", "depends": [], "imports": []}
    lock = {"packages": {name: package | {"name": name} for name in ["numpy", *names]}}
    for name in downloads.CORE:
        (loads / name).write_text(json.dumps(lock))
    for name in names:
        (loads / f"{name}-1-py3-none-any.whl").write_text(name)
    assert downloads.needed(lock) == sorted(downloads.WANTED)
    distribution.assemble(loads, tmp_path / "out")
    listed = json.loads((tmp_path / "out" / "pyodide-lock.json").read_text())["packages"]
    assert sorted(listed) == sorted([*names, "rgm-proofs"])
    for entry in listed.values():
        content = (tmp_path / "out" / entry["file_name"]).read_bytes()
        assert entry["sha256"] == distribution.sha256(content).hexdigest()


class Guarded(SimpleHTTPRequestHandler):
    """Serves a folder under a policy that stops every request to elsewhere and reports it."""

    reports: list[str]
    policy = "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; report-uri /report"

    def end_headers(self):
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def do_POST(self):
        Guarded.reports.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def served() -> Iterator[str]:
    if not (SITE / "jupyter-lite.json").exists():
        pytest.skip("build/site/lite is not there: `make lite` (which downloads) makes it")
    Guarded.reports = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Guarded, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


OUTPUTS = "[...document.querySelectorAll('.jp-OutputArea-output')].map((node) => node.innerText)"
EDITOR = "document.querySelector('.jp-CodeCell .cm-content')"
PROMPT = "document.querySelector('.jp-CodeCell .jp-InputPrompt').innerText"
IDLE = "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"


def until(true, seconds: float, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.2)


def shows(page, words: str) -> str:
    """All outputs, once the words are among them."""

    def seen() -> str:
        return "\n".join(page.run(OUTPUTS))

    until(lambda: words in seen(), 90, f"{words!r} does not appear")
    return seen()


def first_cell_runs(page) -> bool:
    """Tried again until it does: while the page is being built, a key may reach nothing."""
    page.run(f"{EDITOR}.focus()")
    shift_enter(page)
    return any(sign in page.run(PROMPT) for sign in "*123456789")


def shift_enter(page) -> None:
    page.press("Enter", 13, modifiers=8)
    page.settle()


def test_a_proof_runs_in_the_browser_and_nothing_leaves_the_machine(browser, served):
    browser.resize(1200, 1000)
    browser.scheme("light")
    browser.open(f"{served}/notebooks/index.html?path=plane.ipynb")
    until(lambda: browser.run(f"{EDITOR} !== null && {IDLE}"), 90, "no kernel starts")
    until(lambda: first_cell_runs(browser), 90, "the first cell does not run")
    for _ in range(2):  # a heading, the first proof
        shift_enter(browser)
    seen = shows(browser, "The symbolic legs say")
    assert "Proof." in seen
    typeset = "document.querySelectorAll('.jp-OutputArea-output mjx-container').length"
    assert browser.run(typeset) > 3
    assert not browser.run("document.querySelectorAll('mjx-merror').length")
    write(browser, "import numpy")
    shows(browser, "No module named 'numpy'")
    assert Guarded.reports == []
    assert browser.outside() == []
    # That nothing was seen means something only if an attempt would have been.
    write(browser, "import js; js.fetch('https://example.org/'); print('tried')")
    shows(browser, "tried")
    until(lambda: Guarded.reports, 30, "the kernel asked elsewhere and nobody noticed")
    assert "example.org" in Guarded.reports[0]


def write(page, code: str) -> None:
    """A new cell below with this code, run."""
    page.press("b", 66)
    page.press("Enter", 13)
    page.settle()
    page.send("Input.insertText", text=code)
    shift_enter(page)
