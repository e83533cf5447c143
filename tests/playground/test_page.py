"""The page: asks for nothing, moves by mouse, touch and keys, fits a phone, reads in the dark."""

import json
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest
from course.playground.bundle import HERE

from rgm_ref.plane import coordinates
from rgm_ref.synorth import synorth

ENERGY = np.array([4.0, 2.0])
START = np.array([[2.0, 0], [-1, 1]])
RIGHT, UP, TAB = ("ArrowRight", 39), ("ArrowUp", 38), ("Tab", 9)


def vector(values) -> str:
    """As the page writes it."""
    return "(" + ", ".join(f"{v + 0.0:.2f}".replace("-", "−") for v in np.round(values, 2)) + ")"


def assert_shows(page, gradients) -> None:
    """Entries, plane and result are those of the reference."""
    page.settle()
    assert np.array_equal(np.reshape(page.run("probe.entries()"), (-1, 2)), gradients)
    energy = ENERGY if len(gradients) == 2 else np.append(ENERGY, 1)
    for told, row in zip(page.run("probe.outputs()"), synorth(gradients, energy), strict=True):
        assert told.startswith(vector(row)), f"{told} for {row}"
    w_bar, c = coordinates(ENERGY, gradients[:2])
    label = page.run("document.querySelector('.plane').getAttribute('aria-label')")
    told = f"balance {w_bar:.2f}, nonConflict {c:.2f}".replace("-", "−")
    assert told in label


def test_it_opens_with_the_numbers_of_the_reference_and_asks_for_nothing(page, address):
    assert page.requests == [address]
    assert page.complaints == []
    assert_shows(page, START)


def test_the_modules_themselves_open_from_a_server(browser):
    handler = partial(SimpleHTTPRequestHandler, directory=HERE)
    handler.log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        browser.open(f"http://127.0.0.1:{server.server_port}/index.html")
        browser.settle()
        assert browser.run("document.querySelectorAll('.tip').length") == 3
        assert (browser.outside(), browser.complaints) == ([], [])
        assert len(browser.requests) > 10
        browser.open("about:blank")
        server.shutdown()


def test_the_mouse_drags_a_tip(page):
    (x, y), unit = page.run("probe.tip(1)"), page.run("probe.unit()")
    page.mouse("mousePressed", x, y)
    page.mouse("mouseMoved", x + 0.6 * unit, y - 0.3 * unit)
    page.mouse("mouseMoved", x + 1.52 * unit, y - 0.72 * unit)  # snaps to a quarter
    page.mouse("mouseReleased", x + 1.52 * unit, y - 0.72 * unit)
    assert_shows(page, np.array([[2, 0], [0.5, 1.75]]))


def test_a_finger_drags_a_tip_and_the_page_stays(page):
    page.resize(390, 844)
    (x, y), unit = page.run("probe.tip(0)"), page.run("probe.unit()")
    page.touch("touchStart", (x, y))
    page.touch("touchMove", (x - unit / 2, y + unit / 2))
    page.touch("touchMove", (x - unit, y + unit))
    page.touch("touchEnd")
    assert_shows(page, np.array([[1.0, -1], [-1, 1]]))
    assert page.run("scrollY") == 0


def test_the_keys_alone_move_a_tip_and_change_the_method(page):
    seen = []
    for _ in range(12):
        page.press(*TAB)
        seen.append(page.run("document.activeElement.getAttribute('aria-label')"))
        if seen[-1] == "gradient of audio":
            break
    assert seen[-1] == "gradient of audio"
    page.press(*UP)
    page.press(*RIGHT)
    assert_shows(page, np.array([[2.25, 0.25], [-1, 1]]))
    value = "document.activeElement.getAttribute('aria-valuetext')"
    assert page.run(value) == "(2.25, 0.25)"
    page.run("document.querySelector('.method select').focus()")
    page.press("ArrowDown", 40)
    page.settle()
    assert page.run("document.querySelector('.method select').value") == "orthogonalize"


def test_a_tip_stays_in_reach(page):
    page.run("document.querySelector('.tip').focus()")
    for _ in range(20):
        page.press(*RIGHT)
    assert_shows(page, np.array([[3.0, 0], [-1, 1]]))


def test_entries_and_energies_move_the_numbers(page):
    page.run("document.querySelector('.vector input[type=range]').focus()")
    for _ in range(3):
        page.press(*RIGHT)
    page.settle()
    energy = float(page.run("document.querySelector('.vector output').textContent"))
    assert energy > 4
    first, _ = synorth(START, np.array([energy, 2]))
    assert page.run("probe.outputs()")[0].startswith(vector(first))


@pytest.mark.parametrize("key", ["conflict", "agreement", "flip", "overshoot", "opposite", "three"])
def test_every_example_and_every_method_draw_without_complaint(page, key):
    page.run(f"probe.choose('Example', {key!r})")
    methods = page.run("probe.methods()")
    assert len(methods) >= 14
    for method in methods:
        page.run(f"probe.choose('Method', {method!r})")
        assert not page.run(
            "/NaN|undefined|Infinity/.test(document.querySelector('main').innerHTML)"
        )
    assert page.complaints == []


def test_three_gradients_follow_the_averaged_pair_rule(page):
    page.run("document.querySelector('input[type=radio][value=\"3\"]').click()")
    assert_shows(page, np.array([[2, 0], [-1, 1], [0.5, -1.5]]))


@pytest.mark.parametrize("width", [320, 390, 768, 1240])
def test_nothing_is_wider_than_the_screen(page, width):
    page.resize(width, 844)
    for key in ("conflict", "three"):
        page.run(f"probe.choose('Example', {key!r})")
        page.settle()
        assert page.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(page, scheme):
    page.scheme(scheme)
    page.run("probe.tick('show P and O')")
    page.run("probe.choose('Example', 'three')")
    page.settle()
    ratios = page.run("probe.contrasts()")
    assert len(ratios) > 80
    # WCAG 2 AA for text of any size.
    assert [pair for pair in ratios if pair[0] < 4.5] == []


def test_what_is_not_text_has_words(page):
    assert page.run("probe.nameless()") == []
    assert page.run("document.documentElement.lang") == "en"
    heights = "[...document.querySelectorAll('math')].map((m) => m.getBoundingClientRect().height)"
    assert len(page.run(heights)) == 9
    assert min(page.run(heights)) > 10


def test_the_summary_is_said_after_a_movement(page):
    page.run("document.querySelector('.tip').focus()")
    page.press(*UP)
    g = START + np.array([[0, 0.25], [0, 0]])
    w_bar, c = coordinates(ENERGY, g)
    told = f"balance {w_bar:.2f}, nonConflict {c:.2f}".replace("-", "−")
    page.run("new Promise((done) => setTimeout(done, 400))")
    assert told in page.run("document.querySelector('[role=status]').textContent")


def test_the_page_forbids_itself_every_request(page):
    attempt = "fetch('https://example.org').then(() => 'went out', () => 'refused')"
    assert json.loads(page.run(f"{attempt}.then(JSON.stringify)")) == "refused"
