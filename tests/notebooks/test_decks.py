"""The teacher's pack in a browser: decks and pages open by themselves, and nothing is cut off."""

import base64
import io

import pytest
from course.teach import __main__ as teach
from course.teach.lessons import read_lessons
from PIL import Image

from tests.browser import chromium, executable

pytestmark = pytest.mark.skipif(executable() is None, reason="no Chromium on this machine")

LESSONS = read_lessons()
PAGES = [name for name in teach.NAMES if name.endswith(".html")] + ["index.html"]
WIDTH, HEIGHT = 1120, 720  # of a slide, as the decks set it

# Of every slide: place, height, how far its words reach, pictures and formulas that show nothing.
MEASURE = """
Reveal.getSlides().map((slide) => {
  const {h, v} = Reveal.getIndices(slide);
  Reveal.slide(h, v);
  const inside = [...slide.querySelectorAll("*")].filter((one) => !one.closest("aside"));
  const scale = Reveal.getScale(), left = slide.getBoundingClientRect().left;
  const reach = (one) => (one.getBoundingClientRect().right - left) / scale;
  const drawn = (one) => one.getBoundingClientRect().width && one.naturalWidth !== 0;
  const seen = inside.filter((one) => ["math", "IMG"].includes(one.tagName));
  return {place: `${h}/${v}`, height: slide.scrollHeight, width: Math.max(...inside.map(reach)),
          blank: seen.filter((one) => !drawn(one)).length, words: slide.innerText.trim().length};
})
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decks")
    teach.write(folder)
    return folder


@pytest.fixture(scope="module")
def page():
    with chromium() as page:
        yield page


@pytest.mark.parametrize("name", [lesson.name for lesson in LESSONS])
def test_no_slide_is_too_full_and_no_deck_asks_the_network(pack, page, name):
    page.resize(1280, 800)
    page.open((pack / "slides" / f"{name}.html").as_uri())
    slides = page.run(MEASURE)
    assert page.complaints == []
    assert page.outside() == []
    assert len(slides) > 20
    for slide in slides:
        assert slide["height"] <= HEIGHT, slide
        assert slide["width"] <= WIDTH + 1, slide  # a pixel for rounding
        assert slide["blank"] == 0, slide
        assert slide["words"] > 0, slide


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_telephone_and_changes_its_colours(pack, page, name, scheme):
    page.resize(360, 800)
    page.scheme(scheme)
    page.open((pack / name).as_uri())
    assert page.complaints == []
    assert page.outside() == []
    assert page.run("document.documentElement.scrollWidth") == 360
    assert page.run("[...document.querySelectorAll('math')].every((one) => one.clientWidth)")
    ink, paper = (
        page.run(f"getComputedStyle(document.body).{what}") for what in ("color", "backgroundColor")
    )
    assert (brightness(ink) > brightness(paper)) == (scheme == "dark")


def brightness(colour: str) -> int:
    """Of 'rgb(1, 2, 3)'."""
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")))


def test_the_formula_sheet_is_two_or_three_pages_and_nothing_is_cut_off(pack, page):
    page.send("Emulation.clearDeviceMetricsOverride")
    page.open((pack / "formulas.html").as_uri())
    printed = page.send("Page.printToPDF", preferCSSPageSize=True)
    pdf = base64.b64decode(printed["data"])
    assert pdf.count(b"/Type /Page\n") in (2, 3)
    # As wide as the paper between its margins: 210 − 2 · 11 mm at 96 dots per inch.
    page.send("Emulation.setEmulatedMedia", media="print")
    page.resize(710, 1000)
    assert page.run("document.documentElement.scrollWidth") == 710
    page.send("Emulation.setEmulatedMedia", media="")


def test_a_picture_of_a_slide_is_not_empty(pack, page, tmp_path):
    page.resize(WIDTH, HEIGHT)
    page.open((pack / "slides" / f"{LESSONS[0].name}.html").as_uri())
    page.settle()
    shot = page.send("Page.captureScreenshot")
    picture = Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("L")
    dark, bright = picture.getextrema()
    assert dark < 60
    assert bright > 240
