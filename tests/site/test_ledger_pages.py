"""The ledger's pages: every claim once, as recorded, with its ties; the graph; the filter."""

import re
from collections import Counter
from itertools import combinations, pairwise
from math import dist
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from course.build import HERE as NOTEBOOKS
from course.build import SOURCES
from course.site import arcs, findings, graph, lanes, ledger, runs
from course.site.claims import MARKS
from course.site.display import LINE, display, lines
from course.site.prose import prose

from derivations import REGISTRY
from derivations.ledger import record

RECORDED = record.recorded()
TIES = {(basis, claim.id) for claim in REGISTRY.values() for basis in claim.depends}
IDEAS = list(dict.fromkeys(claim.idea for claim in REGISTRY.values()))
KINDS = {"holds": "theorem", "holds if": "theorem", "fails": "conjecture", "open": "conjecture"}


@pytest.fixture(scope="session")
def results():
    return runs.results(fast=True)


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """The pages as Markdown."""
    source = tmp_path_factory.mktemp("ledger")
    ledger.write(source, fast=True)
    return source


@pytest.fixture(scope="session")
def parts(folder) -> dict[str, str]:
    """Claim → its section of Markdown."""
    found = {}
    for idea in IDEAS:
        page = (folder / "ledger" / f"{idea}.md").read_text(encoding="utf-8")
        for part in page.split("\n## ")[1:]:
            found[re.search(r"^:label: claim-(\S+)$", part, re.M)[1]] = part
    return found


@pytest.fixture(scope="session")
def built(site) -> Path:
    """The pages as HTML, in the whole site."""
    return site / "ledger"


def svg(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(re.search(r"<svg.*?</svg>", text, re.S)[0])


def marks(picture: ElementTree.Element) -> dict[str, tuple[float, float]]:
    nodes = picture.findall("a[@data-claim]")
    return {
        node.get("data-claim"): (
            float(node.find("circle").get("cx")),
            float(node.find("circle").get("cy")),
        )
        for node in nodes
    }


def drawn(picture: ElementTree.Element) -> list[tuple[str, str]]:
    return [(e.get("data-from"), e.get("data-to")) for e in picture.findall("path[@data-from]")]


def test_every_claim_is_exactly_once_an_object(folder):
    pages = [path.read_text(encoding="utf-8") for path in (folder / "ledger").glob("*.md")]
    labels = Counter(
        label for page in pages for label in re.findall(r"^:label: (\S+)$", page, re.M)
    )
    assert set(labels.values()) == {1}
    extra = ("-counterexample", "-corrected")
    named = {label.removeprefix("claim-") for label in labels if not label.endswith(extra)}
    assert named == set(REGISTRY)


def test_the_verdict_is_the_recorded_one_in_words_mark_and_kind(parts, folder):
    table = (folder / "ledger" / "index.md").read_text(encoding="utf-8")
    for name, part in parts.items():
        verdict, evidence = RECORDED[name]["verdict"], RECORDED[name]["evidence"]
        badge = f"[{MARKS[verdict]} {verdict}]"
        assert re.findall(r"\[(?:\W) (?:holds|holds if|fails|open)\](?=.* · )", part) == [badge]
        assert f" · {evidence}\n" in part
        row = re.search(rf"^\| \S+`{name} <claim-{name}>` \|.*$", table, re.M)[0]
        assert badge in row
        kind = re.search(rf":::{{prf:(\w+)}} {name}:", part)[1]
        expected = KINDS[verdict]
        if expected == "theorem" and evidence == "observed":
            expected = "observation"
        assert kind == expected, name


def test_the_counts_are_those_of_the_record(folder):
    page = (folder / "ledger" / "index.md").read_text(encoding="utf-8")
    for verdict, count in Counter(entry["verdict"] for entry in RECORDED.values()).items():
        assert re.search(rf"^\| \[{MARKS[verdict]} {verdict}\]\S*.*? \| {count} \|", page, re.M)


def test_a_refuted_claim_shows_what_refutes_it_and_what_is_true_instead(parts, results):
    for name, part in parts.items():
        claim = REGISTRY[name]
        assert display(claim.statement) in part
        for formula in (claim.condition, claim.corrected):
            assert display(formula) in part or not formula
        assert (f":label: claim-{name}-counterexample" in part) == bool(results[name].refutation)
        assert (f":label: claim-{name}-corrected" in part) == bool(claim.corrected)
        steps = results[name].steps + results[name].refutation
        assert all(display(step.latex) in part for step in steps if step.latex)
        assert part.count("<details") == part.count("</details>")


def test_each_tie_is_a_link_both_ways(parts):
    for name, part in parts.items():
        for word, expected in (
            ("Rests on", {a for a, b in TIES if b == name}),
            ("Needed by", {b for a, b in TIES if a == name}),
        ):
            line = re.search(rf"^- {word}: (.*)$", part, re.M)
            linked = re.findall(r"{prf:ref}`(\S+) <claim-\1>`", line[1]) if line else []
            assert sorted(linked) == sorted(expected), (name, word)


def test_a_claim_names_its_file_and_the_notebooks_that_prove_it(parts):
    sources = {path.stem: path.read_text(encoding="utf-8") for path in SOURCES.glob("[0-9]*.py")}
    for name, part in parts.items():
        shown = {stem for stem, text in sources.items() if f'\nprove("{name}")' in text}
        assert set(re.findall(r"{doc}`/notebooks/(\w+)`", part)) == shown
        file = NOTEBOOKS.parent / re.search(r"^- Source: `(\S+)`$", part, re.M)[1]
        assert re.search(rf"[\"']{name}[\"']", file.read_text(encoding="utf-8")), name


def test_the_overview_holds_every_claim_and_every_tie_once(folder):
    picture = svg((folder / "ledger" / "index.md").read_text(encoding="utf-8"))
    assert len(picture.findall("a[@data-claim]")) == len(REGISTRY)
    place, ties = marks(picture), drawn(picture)
    assert set(place) == set(REGISTRY)
    assert sorted(ties) == sorted(TIES)
    assert all(place[basis][0] < place[name][0] for basis, name in ties), "a tie leads leftwards"
    assert min(dist(*pair) for pair in combinations(place.values(), 2)) >= 15, "marks touch"
    width, height = map(float, picture.get("viewBox").split()[2:])
    assert all(8 < x < width - 8 and 8 < y < height - 8 for x, y in place.values())
    rows = [(float(lane.get("y")), float(lane.get("height"))) for lane in picture.findall("rect")]
    for name, (_, y) in place.items():
        top, high = rows[IDEAS.index(REGISTRY[name].idea)]
        assert top + 8 < y < top + high - 8, f"{name} leaves its lane"
    for node in picture.findall("a[@data-claim]"):
        name = node.get("data-claim")
        assert node.get("href") == f"{REGISTRY[name].idea}.html#claim-{name}"
        assert node.get("class").replace("-", " ") == RECORDED[name]["verdict"]
        assert REGISTRY[name].title in node.find("title").text


def test_verdicts_have_different_shapes(results):
    picture = svg(lanes.svg(graph.build(), results))
    shapes = {}
    for node in picture.findall("a[@data-claim]"):
        shape = tuple(child.get("class") for child in node if child.tag != "text")[2:]
        shapes.setdefault(node.get("class"), set()).add(shape)
    assert all(len(same) == 1 for same in shapes.values())
    assert len(set(map(frozenset, shapes.values()))) == len(shapes) == 4


def test_an_idea_s_picture_holds_its_ties_downwards(results):
    ties = graph.build()
    for idea in IDEAS:
        expected = sorted(t for t in TIES if idea in {REGISTRY[name].idea for name in t})
        text = arcs.svg(ties, idea, results)
        if not expected:
            assert text == ""
            continue
        picture = svg(text)
        place = marks(picture)
        assert sorted(drawn(picture)) == expected
        assert all(place[basis][1] < place[name][1] for basis, name in expected)
        order, rank = sorted(place, key=lambda name: place[name][1]), list(REGISTRY).index
        for upper, lower in pairwise(order):  # the paper's order, as far as the ties allow
            assert rank(upper) < rank(lower) or (upper, lower) in expected


def test_claims_that_rest_on_one_another_in_a_circle_are_refused():
    tie = {"a": ("b",), "b": ("c",), "c": ("a",)}
    claims = [SimpleNamespace(id=name, depends=depends) for name, depends in tie.items()]
    with pytest.raises(ValueError, match="circle"):
        graph.build(claims)
    claims[2].depends = ()
    assert graph.depths(graph.build(claims)) == {"c": 0, "b": 1, "a": 2}


def test_what_the_graph_shows_is_counted_right(results):
    above = {name: {b for a, b in TIES if a == name} for name in REGISTRY}
    for _ in REGISTRY:  # closure, by brute force
        above = {name: found.union(*(above[b] for b in found)) for name, found in above.items()}
    text = "\n".join(findings.sentences(graph.build(), results))
    for name, count in re.findall(r"<claim-(\S+)>` \((\d+)", text):
        assert len(above[name]) == int(count)
        assert sum(len(found) > int(count) for found in above.values()) < findings.MOST
    ours = {name for name, claim in REGISTRY.items() if claim.place.startswith("ours")}
    wrong = {name for name in set(REGISTRY) - ours if RECORDED[name]["verdict"] == "fails"}
    resting = set().union(*(above[name] for name in wrong)) - ours
    assert f"{len(wrong)} sentences of the paper itself fail. {len(resting)} of its" in text
    for verdict, count in Counter(RECORDED[name]["verdict"] for name in resting).items():
        assert re.search(rf"\[\W {verdict}\]\S*.*? {count}\b", text.splitlines()[-1])


def test_results_are_kept_until_a_source_changes(results, monkeypatch, tmp_path):
    def never(*_):
        raise AssertionError("ran the claims again")

    monkeypatch.setattr(runs, "run_all", never)
    assert runs.results(fast=True) == results
    before = runs.digest()
    (tmp_path / "claim.py").write_text("one")
    monkeypatch.setattr(runs, "rgm_ref", SimpleNamespace(__path__=[str(tmp_path)]))
    one = runs.digest()
    (tmp_path / "claim.py").write_text("two")
    assert len({before, one, runs.digest()}) == 3
    with pytest.raises(AssertionError, match="again"):
        runs.results(fast=True)


def test_a_verdict_that_is_not_the_recorded_one_stops_the_build(results, monkeypatch):
    other = RECORDED | {"orth-exact": {"verdict": "fails", "evidence": "refuted"}}
    monkeypatch.setattr(record, "recorded", lambda: other)
    with pytest.raises(ValueError, match="orth-exact: recorded fails"):
        runs.results(fast=True)


def test_a_long_formula_is_broken_into_lines_and_stays_the_same(results):
    def bare(latex):
        return re.sub(r"\\q?quad|\\;|\s", "", latex).replace(r"}\text{", "")

    claims = REGISTRY.values()
    formulas = [text for c in claims for text in (c.statement, c.condition, c.corrected) if text]
    formulas += [step.latex for result in results.values() for step in result.steps if step.latex]
    broken = {formula: lines(formula) for formula in formulas}
    for formula, rows in broken.items():
        assert bare("".join(rows)) == bare(formula)
        assert all(row.count("{") == row.count("}") for row in rows)
        sides = [re.findall(r"\\(left|right)(?![A-Za-z])", row) for row in rows]
        assert all(side.count("left") == side.count("right") for side in sides)
    assert lines("a = b") == ["a = b"]
    long = "x" * LINE
    assert lines(rf"{long}, \quad {{{long} = y}}") == [f"{long},", f" {{{long} = y}}"]
    assert len(lines(rf"{{{long}; {long}}}")) == 1
    assert lines(rf"{long} \Rightarrow y = \text{{so}}") == [long, r"\Rightarrow y = \text{so}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Σ_{i<j} |c| and w̄_ij", r"$Σ_{i<j}$ \|c\| and $\bar w_{ij}$"),
        ("r_k^m, (q)^{−y/2}", "$r_{k}^{m}$, (q)${}^{−y/2}$"),
        ("g_i^mod", r"$g_{i}^{\mathrm{mod}}$"),
        ("by orth-exact", "by {prf:ref}`orth-exact <claim-orth-exact>`"),
        ("orth-exact-cost", "{prf:ref}`orth-exact-cost <claim-orth-exact-cost>`"),
    ],
)
def test_plain_sentences_become_markdown(text, expected):
    assert prose(text) == expected


def test_every_link_of_the_pages_has_a_target(built):
    pages = {path.name: path.read_text(encoding="utf-8") for path in built.glob("*.html")}
    assert set(pages) == {"index.html", *(f"{idea}.html" for idea in IDEAS)}
    ids = {name: set(re.findall(r'\bid="([^"]+)"', page)) for name, page in pages.items()}
    for name, page in pages.items():
        for href in re.findall(r'href="([^":]*#[^"]+)"', page):
            target, anchor = href.split("#")
            if "/" not in target:
                assert anchor in ids[target or name], f"{name}: {href}"
    for claim in REGISTRY.values():
        assert f"claim-{claim.id}" in ids[f"{claim.idea}.html"]


@pytest.fixture
def page(browser):
    """The browser, as if its window were the one in front: focus events come."""
    browser.send("Emulation.setFocusEmulationEnabled", enabled=True)
    browser.scheme("light")
    browser.resize(1200, 900)
    return browser


STATE = """({
  rows: [...document.querySelectorAll('.ledger-table tbody tr')].filter((row) => !row.hidden)
    .map((row) => row.cells[0].textContent.trim()),
  told: document.querySelector('.ledger-filter output').textContent,
})"""


def keys(page, text):
    for letter in text:
        page.send("Input.dispatchKeyEvent", type="char", text=letter)


def test_the_filter_works_by_keyboard(built, page):
    page.open((built / "index.html").as_uri())
    assert page.run(STATE)["told"] == f"{len(REGISTRY)} of {len(REGISTRY)} claims"
    page.run("document.querySelector('.ledger-filter input').focus()")
    keys(page, "löwdin")
    assert page.run(STATE) == {"rows": ["orth-lowdin"], "told": f"1 of {len(REGISTRY)} claims"}
    page.run("document.querySelector('.ledger-filter input').value = ''; 0")
    page.press("Tab", 9)
    keys(page, "plane")  # the list of ideas has the focus: letters choose
    plane = [name for name in RECORDED if REGISTRY[name].idea == "plane"]
    assert page.run(STATE)["rows"] == plane
    page.press("Tab", 9)
    page.press(" ", 32)  # the first button, holds
    page.settle()
    kept = [name for name in plane if RECORDED[name]["verdict"] != "holds"]
    assert page.run(STATE)["rows"] == kept
    assert page.run("document.activeElement.getAttribute('aria-pressed')") == "false"


def test_without_a_script_there_is_a_plain_table_and_nothing_dead(built):
    text = (built / "index.html").read_text(encoding="utf-8")
    body = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    assert "ledger-filter" not in body
    table = re.search(r'<table class="[^"]*ledger-table.*?</table>', body, re.S)[0]
    assert table.count("<tr") == len(REGISTRY) + 1
    assert "hidden" not in table


def test_a_chosen_mark_shows_all_it_rests_on_and_carries(built, page):
    page.open((built / "index.html").as_uri())
    page.run("document.querySelector('[data-claim=\"orth-exact\"]').focus()")
    seen = page.run("[...document.querySelectorAll('a.on')].map((node) => node.dataset.claim)")
    below, above = {"orth-denominator"}, {"orth-exact"}
    for _ in REGISTRY:
        above |= {b for a, b in TIES if a in above}
    assert set(seen) == below | above
    page.run("document.activeElement.blur()")
    assert not page.run("document.querySelector('svg.overview').classList.contains('chosen')")


@pytest.mark.parametrize("name", ["index", *IDEAS])
def test_every_formula_is_typeset_and_no_page_is_wider_than_a_phone(built, page, name):
    page.resize(360, 780)
    page.open((built / f"{name}.html").as_uri())
    page.run("MathJax.startup.promise.then(() => 0)")
    bare = (
        "[...document.querySelectorAll('.math')].filter((m) => !m.querySelector('mjx-container'))"
    )
    assert page.run(f"{bare}.map((m) => m.textContent)") == []
    errors = "[data-mml-node=merror], mjx-merror"
    assert page.run(f"document.querySelectorAll('{errors}').length") == 0
    assert page.run("document.querySelectorAll('.math').length") > 0
    assert page.run("document.documentElement.scrollWidth") <= 360
    assert page.outside() == []
