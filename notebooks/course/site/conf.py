"""Sphinx configuration of the course's site; `python -m course.site` builds it."""

from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).parent
MATHJAX = files("sphinx-mathjax-offline") / "static" / "mathjax" / "tex-svg-full.js"
BLUE, SKY = "#0072b2", "#6cc0f0"

project = "The gradients of multimodal learning"
author = "the rgm-course authors"
copyright = "2026 The rgm-course authors, MIT licence"

extensions = [
    "myst_nb",
    "sphinx_proof",
    "sphinx_exercise",
    "sphinx_copybutton",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "course.site.details",
    "course.site.docstrings",
    "course.site.listings",
]

nb_execution_mode = "off"  # the notebooks come with their outputs
nb_render_markdown_format = "myst"
nb_code_prompt_show = "Set-up"
nb_code_prompt_hide = "Set-up"
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exercise_style = "solution_follow_exercise"

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sphinx = False
html_favicon = "static/icon.svg"
html_static_path = ["static", str(MATHJAX)]
html_css_files = sorted(path.name for path in (HERE / "static").glob("*.css"))
html_theme_options = {
    "light_css_variables": {"color-brand-primary": BLUE, "color-brand-content": BLUE},
    "dark_css_variables": {"color-brand-primary": SKY, "color-brand-content": SKY},
}
mathjax_path = MATHJAX.name
mathjax3_config = {"options": {"enableMenu": False}, "svg": {"fontCache": "global"}}
copybutton_selector = "div.highlight-ipython3 pre, div.highlight-python pre, div.highlight-sh pre"
