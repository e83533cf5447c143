"""One browser for all tests of the playground."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from course.playground.bundle import page as playground_page

from tests.browser import Page, chromium, executable

PROBE = Path(__file__).with_name("probe.js")


@pytest.fixture(scope="session")
def browser() -> Iterator[Page]:
    if not executable():
        pytest.skip("no chromium on the path: the playground is not tried in a browser")
    with chromium() as page:
        yield page


@pytest.fixture(scope="session")
def address(tmp_path_factory) -> str:
    """The page as one file, as a reader would open it."""
    file = tmp_path_factory.mktemp("page") / "playground.html"
    file.write_text(playground_page(), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def page(browser, address) -> Page:
    """The playground on a desk, in light, freshly opened."""
    browser.resize(1240, 1000)
    browser.scheme("light")
    browser.open(address)
    browser.run(PROBE.read_text(encoding="utf-8") + "; 0")
    browser.settle()
    return browser
