"""The widget is the page's modules and nothing else; the picture beside it says what it shows."""

import json
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from course.playground.still import still

from rgm_ref.plane import balance, nonconflict
from rgm_ref.synorth import synorth

pytest.importorskip("anywidget")
from course.playground.widget import Playground

MODEL = """(() => {
  const held = %s, heard = {};
  window.saved = 0;
  window.model = { get: (name) => held[name], set: (name, value) => { held[name] = value },
    on: (name, call) => { heard[name] = call }, off: (name) => { delete heard[name] },
    save_changes: () => { window.saved += 1 },
    python: (name, value) => { held[name] = value; heard[`change:${name}`]() }, heard };
})()"""


@pytest.fixture
def rendered(browser):
    """The widget in a blank page, with a stand-in for the kernel's side."""
    widget = Playground()
    browser.open("about:blank")
    traits = {name: getattr(widget, name) for name in ("gradients", "energy", "method", "options")}
    browser.run(MODEL % json.dumps(traits))
    url = f"URL.createObjectURL(new Blob([{json.dumps(widget._esm)}], {{type: 'text/javascript'}}))"
    render = "window.stop = m.default.render({ model, el: document.body })"
    browser.run(f"import({url}).then((m) => {{ {render} }})")
    browser.settle()
    return browser


def test_the_script_is_one_module_that_loads_nothing():
    assert "export default { render }" in Playground._esm
    assert not re.search(r"^\s*import\b|https?://(?!www\.w3\.org/2000/svg)", Playground._esm, re.M)
    assert "url(" not in Playground._css
    assert "@import" not in Playground._css


def test_moving_an_arrow_moves_the_traits(rendered):
    rendered.run("document.querySelector('.tip').focus()")
    rendered.press("ArrowUp", 38)
    assert rendered.run("model.get('gradients')") == [[2, 0.25], [-1, 1]]
    assert rendered.run("saved") == 1
    assert rendered.complaints == []


def test_setting_a_trait_moves_the_arrow(rendered):
    rendered.run("model.python('gradients', [[1, 1], [-1, 1]])")
    rendered.settle()
    tip = "document.querySelector('.tip').getAttribute('aria-valuetext')"
    assert rendered.run(tip) == "(1.00, 1.00)"
    assert rendered.run("saved") == 0
    rendered.run("stop()")
    assert rendered.run("Object.keys(model.heard)") == []


def test_options_are_those_of_synorth():
    widget = Playground([[1, 0], [0, 1]], [1, 2], orth="exact", blocks=2)
    assert (widget.options["orth"], widget.options["blocks"]) == ("exact", 2)
    synorth(widget.gradients, widget.energy, **widget.options)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (([[1, 0, 0], [0, 1, 0]], [1, 1]), {}),
        (([[1, 0], [0, 1]], [1, 1, 1]), {}),
        (([[4, 0], [0, 1]], [1, 1]), {}),
        (([[1, 0], [0, 1]], [0, 1]), {}),
        (([[1, 0], [0, 1]], [1, 1]), {"form": "exact"}),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, options):
    with pytest.raises(ValueError, match="expected"):
        Playground(*arguments, **options)


def test_the_picture_for_print_says_the_numbers_of_the_reference():
    g, energy = np.array([[2.0, 0], [-1, 1], [0.5, -1.5]]), np.array([4.0, 2, 1])
    figure, alt = still(g, energy, orth="exact")
    w_bar, after = balance(energy), nonconflict(synorth(g, energy, orth="exact"))
    assert alt.startswith("Three gradients")
    assert f"balance {w_bar[1, 2]:.2f}" in alt
    assert f"{after[0, 2]:.2f} after".replace("-", "−") in alt
    assert len(figure.axes) == 2
    plt.close(figure)
