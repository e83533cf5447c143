"""The playground's JavaScript gives what the reference gives, and no wrong twin of it does."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from course.playground.bundle import read, script

from tests.playground.cases import METHODS, cases

COMPARE = Path(__file__).with_name("compare.js").read_text(encoding="utf-8")

TWINS = {
    "balance 4 w w − 1": ("rules", "1 - 2 * (w_i - w_j) ** 2", "4 * w_i * w_j - 1"),
    "ratio upside down": ("rules", "average / value :", "value / average :"),
    "EAR under conflict": ("rules", "(1 + c) / 2", "(1 - c) / 2"),
    "half the slope": ("rules", "const q = 4 *", "const q = 2 *"),
    "slope never clamped": ("rules", "Math.max(wBar, 0)", "wBar"),
    "share without root": ("rules", "Math.sqrt(w[i]) * roots[k]", "w[i] * roots[k]"),
    "energy of one for both": ("rules", "norm([norm(block), norm(second[k])])", "norm(block)"),
    "printed put right": (
        "rules",
        "Math.sqrt(w[i]) * norm(g[1 - i])",
        "Math.sqrt(w[i]) * norm(g[i])",
    ),
    "linear as printed": (
        "rules",
        "g.map((x, i) => Math.sqrt(w[i]) * norm(x))",
        "g.map((x, i) => Math.sqrt(w[i]) * norm(g[1 - i]))",
    ),
    "own weight above the line": ("rules", "part[1 - i], unit", "part[i], unit"),
    "O along itself": ("rules", "i], unit(g[1 - i])", "i], unit(g[i])"),
    "O with the wrong sign": ("rules", "times(-c * norm(x)", "times(c * norm(x)"),
    "diagonals not halved": ("rules", "(sum(lengths) / 2) ** 2", "sum(lengths) ** 2"),
    "exact without its strong part": ("rules", "times(-dot(gStrong, hWeak)", "times(0"),
    "gate of Orth not turned over": ("rules", "1 - seen.gate : 0", "seen.gate : 0"),
    "gates of Syn turned over": (
        "rules",
        "[seen.blockGates[k], 1 - seen.blockGates[k]]",
        "[1 - seen.blockGates[k], seen.blockGates[k]]",
    ),
    "one block for all": ("rules", "P: project(pair, w, blocks)", "P: project(pair, w, 1)"),
    "scale of the other kind": ("rules", 'scale === "all"', 'scale !== "all"'),
    "partners summed": ("rules", "times(1 / parts.length,", "times(1,"),
    "squares that overflow": (
        "vectors",
        "top * Math.sqrt(sum(x.map((value) => safeDivide(value, top) ** 2)))",
        "Math.sqrt(sum(x.map((value) => value ** 2)))",
    ),
    "zero without direction": ("vectors", "denominator === 0 ? 0 :", "false ? 0 :"),
    "corners of the hull only": ("faces", "members.length >= least)", "members.length === 1)"),
    "weights below zero": ("faces", "Math.min(...weights) >= 0 && ", ""),
    "ball of radius c": (
        "mixtures",
        "times(c * norm(middle), unit(worst))",
        "times(c, unit(worst))",
    ),
    "UPGrad summed": ("mixtures", "return mean(weights)", "return weights.reduce(add)"),
    "lengths squared in IMTL-G": (
        "mixtures",
        "g.map(norm), 1e-15",
        "g.map((x) => dot(x, x)), 1e-15",
    ),
    "bargain without root": ("mixtures", "norm(g) * Math.sqrt(agreement)", "norm(g) * agreement"),
    "MMPareto may shorten": ("mixtures", "Math.max(1, norm(add(...pair)) / norm(h))", "1"),
    "MMPareto halved": ("mixtures", "times(2 * gamma * kappa", "times(gamma * kappa"),
    "MMPareto always shortest": ("mixtures", "idle || agree ?", "idle ?"),
    "projected without a fight": ("methods", "j !== i && inner < 0", "j !== i && inner !== 0"),
    "GMD summed": ("methods", "update: mean(surgery(g))", "update: surgery(g).reduce(add)"),
    "BalGrad on both": ("methods", "added([surgery(g)[0], g[1]])", "added(surgery(g))"),
    "GradVac with target 0": ("methods", "phi >= rho ||", "phi >= 0 ||"),
    "the other sign kept": ("methods", "P > U : P < U", "P < U : P > U"),
    "the weaker one damped": ("methods", "others[k] > 1 ?", "others[k] < 1 ?"),
    "AGM boosts the better": ("methods", "Math.exp(alpha *", "Math.exp(-alpha *"),
    "r for its root": ("methods", "ratio(energy).map(Math.sqrt)", "ratio(energy)"),
    "turned in agreement, too": ("methods", "cosine(...g) < 0 ?", "cosine(...g) !== 0 ?"),
    "all the way to the mean": ("methods", "unit(add(unit(row), middle))", "middle"),
}


@pytest.fixture(scope="module")
def vectors() -> list[dict]:
    return cases()


@pytest.fixture(scope="module")
def loaded(browser, vectors):
    """A blank page that holds the cases."""
    browser.open("about:blank")
    browser.run(f"window.cases = {json.dumps(vectors)}; 0")
    return browser


def compared(page, changes: dict[str, str] | None = None) -> dict:
    return page.run(f"(() => {{ {script('methods', changes)}\nreturn (\n{COMPARE}) }})()")


def test_the_cases_cover_every_method_and_are_sharp(vectors):
    kinds = Counter(case["method"] for case in vectors)
    assert set(kinds) == {"readings", *METHODS}
    assert min(kinds.values()) >= 20
    # 64 eps × a condition of a few dozens: nine cases in ten must be known to eleven digits.
    relative = [
        case["tolerance"][key] / np.abs(value).max()
        for case in vectors
        for key, value in case["expected"].items()
        if np.any(value)
    ]
    assert np.quantile(relative, 0.9) < 1e-11


def test_javascript_gives_what_the_reference_gives(loaded):
    answer = compared(loaded)
    assert answer["missed"] == []
    assert answer["compared"] > 10_000


def test_the_page_offers_the_methods_that_are_compared(loaded):
    offered = loaded.run(
        f"(() => {{ {script('methods')}\nreturn Object.keys(methods_js.METHODS) }})()"
    )
    assert offered == list(METHODS)


@pytest.mark.parametrize("twin", TWINS)
def test_a_wrong_twin_is_found(twin, loaded):
    name, old, new = TWINS[twin]
    text = read(f"{name}.js")
    assert text.count(old) == 1
    assert compared(loaded, {name: text.replace(old, new)})["missed"]
