"""The API reference names every public thing once; what a docstring says, its page says."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest
from course.overview import PAPER, SYMBOLS
from course.site import glossary, inventory, layout, reference, shelves, signatures
from course.site.docstrings import role
from course.site.letters import inline, resolver
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.pycode import ModuleAnalyzer

from derivations.ledger.record import recorded

DIRECTIVE = re.compile(r"\.\. auto(function|class|data):: (\S+)")
MARKS = str.maketrans("-", "−", "_^{}()`: \n")


def no_link(text: str) -> None:
    return None


def public_modules() -> list[str]:
    """Found anew, by walking the packages."""
    found = []
    for package in ("rgm_ref", "rgm_torch", "derivations.ledger"):
        there = importlib.import_module(package).__path__
        walked = [module.name for module in pkgutil.walk_packages(there, f"{package}.")]
        found += [package, *walked]
    return [name for name in found if not any(part[0] == "_" for part in name.split("."))]


def found(name: str) -> object:
    """The object of a dotted name: the longest module on it, then attributes."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def docstrings() -> dict[str, str]:
    """Every docstring that the reference shows, by name."""
    said = {name: inspect.getdoc(importlib.import_module(name)) for name in inventory.modules()}
    for entry in inventory.everything():
        if entry.kind != "data":
            said[entry.name] = inspect.getdoc(entry.value)
        if entry.kind == "class":
            for method in inventory.methods(entry.value):
                said[f"{entry.name}.{method}"] = inspect.cleandoc(vars(entry.value)[method].__doc__)
    return said


def test_every_public_name_is_documented_exactly_once(tmp_path):
    reference.write(tmp_path)
    pages = "".join(page.read_text("utf-8") for page in (tmp_path / "reference").glob("*.md"))
    listed = [found(name) for kind, name in DIRECTIVE.findall(pages) if kind != "data"]
    wanted = []
    for name in public_modules():
        module = importlib.import_module(name)
        tree = ast.parse(Path(module.__file__).read_text("utf-8"))
        defined = (n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)))
        wanted += [getattr(module, node.name) for node in defined if node.name[0] != "_"]
    assert Counter(map(id, listed)) == Counter(map(id, wanted))
    for name in public_modules():
        assert pages.count(f".. automodule:: {name}\n") == 1


def test_what_a_package_offers_is_documented_under_the_name_it_offers():
    there = {id(entry.value): entry.name for entry in inventory.everything()}
    for name in public_modules():
        module = importlib.import_module(name)
        for offered in getattr(module, "__all__", ()):
            value = getattr(module, offered)
            assert inspect.ismodule(value) or id(value) in there, f"{name}.{offered}"
    for name in ("rgm_torch.RGM", "rgm_torch.training.train", "rgm_torch.data.Batch"):
        assert there[id(found(name))] == name


def test_nothing_documented_lacks_a_docstring():
    for name, text in docstrings().items():
        own = name.rpartition(".")[2] + "("  # what dataclasses write themselves: Name(field: …)
        assert not (text or own).startswith(own), name
    for entry in inventory.everything():
        if entry.kind == "data":
            said = ModuleAnalyzer.for_module(entry.module).find_attr_docs()
            assert said["", entry.attribute], entry.name


def test_every_module_has_one_page_and_every_pattern_a_module():
    placed = [module for modules in shelves.shelved().values() for module in modules]
    assert sorted(placed) == sorted(public_modules())
    assert all(shelves.shelved().values())
    named = [p for page in shelves.PAGES for p in page.patterns if "*" not in p]
    assert set(named) <= set(placed)


def test_no_sign_of_a_docstring_is_lost_on_its_page():
    for name, text in docstrings().items():
        read = layout.Docstring.parse(text)
        told = [part.text for part in read.parts]
        told += [f"{field}: {said}" for field, said in read.fields.items()]
        shown = "".join(node.astext() for line in told for node in inline(line, no_link))
        lost = Counter(text.translate(MARKS)) - Counter(shown.translate(MARKS))
        again = sum(text.count(f"{field}: ") - 1 for field in read.fields)
        assert lost.total() <= 8 * again, f"{name}: {lost}"  # a field told twice has one label


def test_a_docstring_comes_apart_into_prose_formula_options_and_fields():
    read = layout.Docstring.parse(inspect.getdoc(found("rgm_ref.orthogonal.adjust")))
    assert [part.kind for part in read.parts] == ["prose", "options", "prose"]
    names = [name for name, _ in layout.options(read.parts[1].text)]
    assert names == ["linear", "printed", "exact"]
    assert read.parts[2].text == "Weights need not sum to 1. Zero gradients give zero adjustments."
    assert read.fields["Shapes"] == "gradients (2, ..., d), weights (2, ...) → (2, ..., d)."
    assert read.fields["Raises"] == "ValueError for an unknown form."
    assert read.fields["Source"] == "Eqs. 12–13."

    read = layout.Docstring.parse("One.\n\nShapes: (d,). It is two. Source: Li 2020. Not the code.")
    assert [part.text for part in read.parts] == ["One.", "It is two."]
    assert read.fields == {"Shapes": "(d,).", "Source": "Li 2020. Not the code."}

    read = layout.Docstring.parse(inspect.getdoc(found("rgm_torch.methods.cggm.CGGM")))
    formula = next(part.text for part in read.parts if part.kind == "formula")
    assert [line.split(" ")[0] for line in formula.splitlines()] == ["B_k", "L"]


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [
        ("tan φ* = Σ_k s_k a_k / Σ_k s_k b_k with s_k = √S_k.", True),
        ("E_θ / σ_max² ≤ E_z ≤ E_θ / σ_min².", True),
        ("w_i ← T v_i / Σ_j v_j", True),
        ("With a = ‖g_i‖ it is the other one.", False),
        ("λ^(i) >= 0 is that of the shortest one.", False),
        ("A zero block stays zero.", False),
    ],
)
def test_a_formula_is_told_from_a_sentence(sentence, is_one):
    assert layout.is_formula(sentence) is is_one


@pytest.mark.parametrize(
    ("text", "below", "above"),
    [
        ("g_i^(k)", ["i"], ["(k)"]),
        ("Σ_{i<k}", ["i<k"], []),
        ("r^((1 + c)/2)", [], ["(1 + c)/2"]),
        ("e^{-x}", [], ["−x"]),
        ("w̄_ij = 8 w_i w_j", ["ij", "i", "j"], []),
        ("argmax_k max_{j≠k} s_j", ["k", "j≠k", "j"], []),
        ("σ_max² ≤ ‖z_i‖", ["max", "i"], []),
        ("sample_recorder, av_digits, g08_c01 and `g_i`", [], []),
    ],
)
def test_letters_get_their_indices(text, below, above):
    line = nodes.line("", "", *inline(text, no_link))
    assert [node.astext() for node in line.findall(nodes.subscript)] == below
    assert [node.astext() for node in line.findall(nodes.superscript)] == above


def test_claims_and_names_are_links_and_other_words_are_not():
    text = "Source: Eq. 13; claim orth-exact, not orth-nothing; `balance`, `energy`, `w`."
    made = {n.astext(): n for n in inline(text, resolver("rgm_ref.plane.coordinates"))}
    assert isinstance(made["orth-exact"], pending_xref)
    assert made["orth-exact"]["reftarget"] == "claim-orth-exact"
    assert made["balance"]["reftarget"] == "rgm_ref.plane.balance"
    assert isinstance(made["energy"], nodes.literal)  # a parameter, not the module
    assert isinstance(made["w"], nodes.literal)
    assert resolver("rgm_ref.synorth.synorth")("balance") == "rgm_ref.plane.balance"
    assert resolver("rgm_ref.synorth.gate")("balance") is None  # what it takes
    assert len([n for n in made.values() if isinstance(n, pending_xref)]) == 2
    made, problems = role("plain", "", "`rgm_ref.plane` and c_ij", 1, None)
    assert made[1]["reftarget"] == "rgm_ref.plane"
    assert problems == []


def test_every_claim_that_a_docstring_names_is_in_the_ledger():
    ideas = {name.split("-")[0] for name in recorded()}
    named = re.compile(r"claims? ([a-z]+(?:-[a-z0-9]+)+)")
    told = [claim for text in docstrings().values() for claim in named.findall(text)]
    assert len(told) > 50
    assert {claim for claim in told if claim.split("-")[0] in ideas} <= set(recorded())


def test_signatures_read_as_they_are_written():
    nonconflict, layer = found("rgm_ref.plane.nonconflict"), found("rgm_torch.RGM")
    given, returned = signatures.as_written(None, "function", "", nonconflict, None, "", "")
    assert given.replace("~rgm_ref.plane.", "") == "(gradients: Float[Array, 'M *batch d'])"
    assert returned.replace("~rgm_ref.plane.", "") == "Float[Array, 'M M *batch']"
    given, returned = signatures.as_written(None, "class", "", layer, None, "", "")
    assert given.startswith("(modalities: int=2, *, blocks: int=1, ")
    assert returned is None
    assert "=PARTS" in given  # and not the contents of a set, in whatever order


def test_signatures_name_the_parameters_that_python_sees():
    for entry in inventory.everything():
        if entry.kind == "data":
            continue
        written = signatures.as_written(None, entry.kind, entry.name, entry.value, None, "", "")
        if written:
            tree = ast.parse(f"def f{written[0].replace('~', '')}: pass").body[0].args
            given = [a.arg for a in [*tree.posonlyargs, *tree.args, *tree.kwonlyargs]]
            seen = inspect.signature(entry.value).parameters.values()
            single = [p.name for p in seen if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
            assert given == single, entry.name


def test_the_glossary_is_alphabetical_complete_and_knows_its_code():
    terms = glossary.terms()
    first = [term.names[0].casefold() for term in terms]
    assert first == sorted(first)
    names = [name for term in terms for name in term.names]
    assert len(names) == len(set(names)) >= 65
    letters = [term.letter for term in terms if term.letter]
    assert sorted(letters) == sorted(symbol.code for symbol in SYMBOLS)
    for term in terms:
        assert re.fullmatch(r"[A-ZV][^\n]*\.", term.says), term.names
        assert set(term.code) <= inventory.names(), term.names
    at_home = {term.letter: term for term in terms if term.letter}
    for place in PAPER:
        for function in place.functions:
            letter = at_home.get(function.rpartition(".")[2])
            assert letter is None or letter.notebook in place.notebook, letter.names


def test_every_documented_name_has_its_place_and_its_source(site):
    there = {}
    for page in (site / "reference").glob("*.html"):
        text = page.read_text("utf-8")
        for id, head in re.findall(r'<dt class="sig[^>]*\sid="([^"]+)">(.*?)</dt>', text, re.S):
            assert id not in there, f"{id} is documented twice"
            there[id] = head
    for entry in inventory.everything():
        head = there[entry.name]
        if entry.kind != "data":
            file, anchor = re.search(
                r'href="\.\./([^"#]+)#([^"]+)"><span class="view', head
            ).groups()
            assert f'id="{anchor}"' in (site / file).read_text("utf-8"), entry.name
        assert not re.search("&lt;|jaxtyping|numpy", head), entry.name


def test_every_link_of_the_glossary_arrives(site):
    text = (site / "glossary.html").read_text("utf-8")
    article = text[text.index("<article") : text.index("</article>")]
    links = re.findall(r'class="reference internal" href="([^"#]*)(?:#([^"]+))?"', article)
    assert len(links) > 2 * len(glossary.terms())
    for file, anchor in links:
        page = (site / (file or "glossary.html")).read_text("utf-8")
        assert not anchor or f'id="{anchor}"' in page, (file, anchor)
    shown = re.findall(r'<dt id="term-[^"]*">([^<]+)<', text)
    assert [name.replace("’", "'") for name in shown] == [
        n for t in glossary.terms() for n in t.names
    ]
