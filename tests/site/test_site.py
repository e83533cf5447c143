"""The site: built without a warning, and every page opened in a browser, wide and narrow, in light
and dark; nothing is asked of the network, every formula is set, keys and search do."""

import re
from itertools import chain, groupby
from pathlib import Path
from urllib.parse import unquote, urlsplit

import course.exercises  # noqa: F401  (registers them)
import pytest
from course.answers import EXERCISES

from derivations import REGISTRY

TAB, ENTER, SPACE = ("Tab", 9, ""), ("Enter", 13, "\r"), (" ", 32, " ")
PROBE = Path(__file__).with_name("probe.js").read_text(encoding="utf-8")
PARTS = ("", "notebooks", "ledger", "reference", "comparison", "playground", "teach")
IDS = re.compile(r"""\b(?:id|name)=["']?([^"'\s>]+)""")
LINKS = re.compile(r"""<(?:a|link|img|script|source|iframe)\b[^>]*?\b(?:href|src)="([^"]*)\"""")


# The links that a search found, when for half a second there came no more.
SEARCHED = """new Promise((done) => {
  let before = 0, calm = 0;
  (function look() {
    const links = [...document.querySelectorAll("#search-results li a")].map((link) => link.href);
    calm = links.length && links.length === before ? calm + 1 : 0;
    before = links.length;
    calm > 4 ? done(links) : setTimeout(look, 100);
  })();
})"""


def pages(folder: Path) -> list[Path]:
    """Every page, without JupyterLite, which has its own tests."""
    return [page for page in sorted(folder.rglob("*.html")) if "lite" not in page.parts]


def open_page(browser, url: str) -> None:
    """On a desk and in light; until its formulas are set."""
    browser.scheme("light")
    browser.resize(1280, 900)
    browser.open(url)
    browser.run("window.MathJax?.startup?.promise?.then(() => 0)")
    browser.run(PROBE + "; window.probe = probe; 0")


def faults(browser) -> dict[str, list[str]]:
    """What is wrong with the open page, by kind; nothing, if nothing is."""
    found = {"complaints": browser.complaints, "outside": browser.outside()}
    found["formulas"] = browser.run("probe.formulas()")
    found["pictures"] = browser.run("probe.pictures()")
    found["contrast in light"] = browser.run("probe.contrast()")
    light = browser.run("probe.behind(document.body)")
    browser.scheme("dark")
    browser.settle()
    found["contrast in dark"] = browser.run("probe.contrast()")
    dark = browser.run("probe.behind(document.body)")
    found["dark"] = [] if light != dark else [f"{light} in both"]
    browser.resize(360, 740)
    found["overflow"] = browser.run("probe.overflow()")
    return {kind: told for kind, told in found.items() if told}


def test_it_is_built_without_a_warning(site):
    assert (site.parent / "build.txt").read_text(encoding="utf-8") == "status 0"


@pytest.mark.parametrize("part", PARTS)
def test_every_page_is_sound(browser, site, address, part):
    there = sorted((site / part).glob("*.html"))
    assert there
    for page in there:
        open_page(browser, f"{address}/{page.relative_to(site).as_posix()}")
        assert not faults(browser), page.relative_to(site)


def test_slides_and_listings_open_without_a_complaint(browser, site, address):
    for folder in ("teach/slides", "_modules/rgm_ref"):
        for page in sorted((site / folder).glob("*.html"))[:3]:
            browser.open(f"{address}/{page.relative_to(site).as_posix()}")
            assert not browser.complaints + browser.outside(), page.name


def test_it_opens_from_the_disk_too(browser, site):
    open_page(browser, (site / "notebooks" / "06_orthogonal.html").as_uri())
    assert not faults(browser)
    assert browser.run("document.querySelectorAll('mjx-container').length") > 100


def test_every_link_leads_somewhere(site):
    ids = {page: set(IDS.findall(page.read_text(encoding="utf-8"))) for page in pages(site)}
    broken = []
    for page in ids:
        for link in set(LINKS.findall(page.read_text(encoding="utf-8"))):
            parts = urlsplit(link.replace("&amp;", "&"))
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            anchor = unquote(parts.fragment)
            if not target.exists() or (anchor and target in ids and anchor not in ids[target]):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert len(ids) > 60
    assert not broken


def strike(browser, key: tuple[str, int, str]) -> None:
    """A key that types: down with its letter, and up."""
    name, code, text = key
    told = {"key": name, "code": name.strip() or "Space", "windowsVirtualKeyCode": code}
    browser.send(
        "Input.dispatchKeyEvent", type="keyDown", **told, **({"text": text} if text else {})
    )
    browser.send("Input.dispatchKeyEvent", type="keyUp", **told)


def test_keys_alone_reach_search_sidebar_and_solution(browser, address):
    open_page(browser, f"{address}/notebooks/06_orthogonal.html")
    name = "['.sidebar-search', '.sidebar-tree a', 'details.solution > summary']"
    where = f"{name}.find((kind) => document.activeElement.matches(kind)) ?? ''"
    reached = []
    while "details.solution > summary" not in reached and len(reached) < 200:
        strike(browser, TAB)
        reached.append(browser.run(where))
    order = [kind for kind, _ in groupby(filter(None, reached))]
    assert order == [".sidebar-search", ".sidebar-tree a", "details.solution > summary"]
    is_open = "document.activeElement.parentElement.open"
    assert not browser.run(is_open)
    strike(browser, ENTER)
    assert browser.run(is_open)
    strike(browser, SPACE)
    assert not browser.run(is_open)


@pytest.mark.parametrize(
    ("words", "page"),
    [("CGE", "notebooks/02_energy.html"), ("harmonic", "notebooks/04_rebalance.html")],
)
def test_search_finds(browser, address, words, page):
    browser.open(f"{address}/search.html?q={words}")
    found = browser.run(SEARCHED)
    assert any(page in link for link in found), found
    assert not browser.complaints + browser.outside()


def test_exercises_and_theorems_are_objects(site):
    texts = [page.read_text(encoding="utf-8") for page in pages(site / "notebooks")]
    posed = [re.findall(r'<div class="exercise admonition" id="([^"]+)"', text) for text in texts]
    assert sorted(chain(*posed)) == sorted(EXERCISES)
    solved = [re.findall(r'<details class="solution[^"]*" id="([^"]+)-solution"', t) for t in texts]
    assert solved == posed
    ledger = "".join(page.read_text(encoding="utf-8") for page in pages(site / "ledger"))
    assert all(f'id="claim-{name}"' in ledger for name in REGISTRY)
