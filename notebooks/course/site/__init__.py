"""The course's site: `python -m course.site --out DIR` (`make site`).

sources     a fresh folder of Sphinx sources, put together by the writers below
notebooks   the built notebooks, with exercises, solutions and theorems as objects
paper       from the equations to notebooks, functions, claims; `comparison` the two pages of docs/
links       words that name something of the course become links
ledger      the claims as theorems, a page per idea; `graph` what depends on what
reference   the packages' interface; `docstrings` sets the formulas in it
glossary    the words and letters
conf        what Sphinx is told; `details` folds solutions, `listings` tidies listings
"""
