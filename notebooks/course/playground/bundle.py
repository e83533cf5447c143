"""The playground's modules as one script, and its page as one file that asks for nothing.

`python -m course.playground.bundle FILE` writes the page. Each module becomes a function that is
called once and returns its exports, in the order in which they import one another; so no tool of
another language is needed. It understands `import { a, b } from "./c.js"` and exported functions
and constants, which is all that the modules use.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:function|const) (\w+))", re.MULTILINE)


def read(name: str) -> str:
    """The text of one of the playground's files."""
    return (HERE / name).read_text(encoding="utf-8")


def script(entry: str, changes: dict[str, str] | None = None) -> str:
    """The module `entry` and all it imports as one script; a constant `entry_js` has its exports.

    `changes` puts other texts in the place of modules: tests try wrong twins that way.
    """
    done: dict[str, str] = {}

    def visit(name: str) -> None:
        if name not in done:
            text = (changes or {}).get(name) or read(f"{name}.js")
            for _, needed in IMPORT.findall(text):
                visit(needed)
            done[name] = _as_function(name, text)

    visit(entry)
    return "\n".join(done.values())


def _as_function(name: str, text: str) -> str:
    exports = ", ".join(EXPORT.findall(text))
    body = EXPORT.sub("", IMPORT.sub(r"const {\1} = \2_js;\n", text))
    return f"const {name}_js = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();"


def page() -> str:
    """The page with style and script inside; it forbids itself every request."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    )
    return _replaced(
        read("index.html"),
        {
            '<meta charset="utf-8">': '<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<link rel="stylesheet" href="style.css">': f"<style>\n{read('style.css')}</style>",
            '<script type="module" src="page.js"></script>': (
                f'<script type="module">\n{script("page")}\n</script>'
            ),
        },
    )


def _replaced(text: str, pieces: dict[str, str]) -> str:
    for old, new in pieces.items():
        before, found, after = text.partition(old)
        if not found:
            raise ValueError(f"text: {old!r} is not in it")
        text = before + new + after
    return text


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
