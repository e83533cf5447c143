"""The site, built once for all tests and all workers; a browser, and a server for it."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from course.build import HERE
from filelock import FileLock

from tests.browser import Page, chromium, executable


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id) -> Path:
    """The folder of the built site; `build.txt` beside it is what the build had to say."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder, said = shared / "site", shared / "build.txt"
    with FileLock(shared / "site.lock"):
        if not said.exists():
            command = [sys.executable, "-m", "course.site", "--fast", "--out", str(folder)]
            done = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
            said.write_text(f"{done.stderr}status {done.returncode}", encoding="utf-8")
    if not (folder / "index.html").exists():
        pytest.fail(said.read_text(encoding="utf-8")[-4000:])
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Page]:
    if not executable():
        pytest.skip("no chromium on the path: the site is not tried in a browser")
    with chromium() as page:
        yield page


class Quiet(SimpleHTTPRequestHandler):
    """A server that does not tell what it serves."""

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="session")
def address(site) -> Iterator[str]:
    """The site, served by this machine to itself."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
