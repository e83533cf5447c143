"""What every notebook of the course shares: `from course import check, hint, prove, show, start`.

first_cell `start`: a fixed seed, number format, figure style
figure     draw with `show`, which demands an alt text and keeps the numbers behind the picture
proof      `prove("orth-exact")` runs a claim of the ledger and shows its derivation
answers    `check` an answer against the solution; a known mistake is named; `hint`
exercises  the exercises of each notebook: right answers, wrong twins, hints
build      percent script in `src/` → committed notebook with outputs (`make notebooks`)
"""

import sys

try:
    from course.answers import check, hint
    from course.figure import numbers, show
    from course.first_cell import start
    from course.proof import prove
except ModuleNotFoundError as missing:
    remedy = f'"{sys.executable}" -m pip install -c constraints.txt -e ".[all]"'
    package = missing.name.split(".")[0]
    told = f"{package} is missing. In the folder of the course run:\n  {remedy}"
    raise ModuleNotFoundError(told, name=missing.name) from missing

__all__ = ["check", "hint", "numbers", "prove", "show", "start"]
