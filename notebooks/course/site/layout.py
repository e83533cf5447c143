"""The parts of a docstring of the house: paragraphs, formulas, options, code, and named fields.

A field, `Shapes: …`, ends with its sentence, but the source is told to the end of the paragraph.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import add, itemgetter

FIELDS = ("Shapes", "Units", "Raises", "Source")
FIELD = re.compile(rf"(?:^|(?<=[.;:)]\s))({'|'.join(FIELDS)}|Shape): ")
SENTENCE = re.compile(r"(?<=[^.]\.)\s+(?=[A-Z`])")
OPTION = re.compile(r"([a-z][a-z_]*(?:, [a-z_]+)*|'[a-z-]+'(?:,[^:]*| \([^:]*\))?): (.*)")
RELATION = re.compile(r" (?:=|←|≈|≤|≥|∝|[<>]=?) ")
SCRIPTS = re.compile(r"[_^](?:\{[^}]*\}|\([^)]*\)|\w+)")
VERB = re.compile(r"^\S+ (?:and .*)?(?:is|hold) ")
OPERATORS = {"tan", "cos", "log", "std", "tr", "KL", "argmin", "argmax", "max", "min", "mean"} | {
    "sin",
    "softmax",
    "PCE",
}


@dataclass(frozen=True)
class Part:
    """A piece of a docstring: prose, formula, options or code."""

    kind: str
    text: str


@dataclass
class Docstring:
    """Its parts in their order, and its fields."""

    parts: list[Part] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Docstring":
        """Read a docstring that `inspect.cleandoc` has seen."""
        read = cls()
        for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip("\n"))):
            for kind, lines in _runs(paragraph.splitlines()):
                read._add(kind, lines, is_summary=number == 0)
        return read

    def _add(self, kind: str, lines: list[str], is_summary: bool) -> None:
        if kind == "set off":
            text = "\n".join(line[4:] for line in lines)
            self.parts.append(Part("code" if text.isascii() else "lines", text))
        elif text := self._take_fields("\n".join(lines)):
            self.parts += [Part(kind, text)] if kind == "options" else _prose(text, is_summary)

    def _take_fields(self, text: str) -> str:
        """Move the fields out of a text; what is left of it."""
        left, *told = FIELD.split(text)
        for name, said in zip(told[::2], told[1::2], strict=True):
            own, *rest = [said] if name == "Source" else SENTENCE.split(said.strip(), maxsplit=1)
            self.fields[name] = f"{self.fields.get(name, '')} {' '.join(own.split())}".strip()
            left = "\n".join([left.strip(), *rest])
        return left.strip()


def _prose(text: str, is_summary: bool) -> Iterator[Part]:
    """A paragraph, and before it the formula that it opens with."""
    first, *rest = SENTENCE.split(text, maxsplit=1)
    if not is_summary and is_formula(first):
        lines = first.splitlines()
        breaks = ("\n" if is_formula(line) else " " for line in lines)
        yield Part("formula", "".join(map(add, breaks, lines)).strip())
        text = "".join(rest)
    if text:
        yield Part("prose", " ".join(text.split()))


def is_formula(sentence: str) -> bool:
    """Whether it opens with a formula: letters and signs, but no words, up to a relation."""
    left, *right = RELATION.split(sentence.split(": ")[0], maxsplit=1)
    words = re.findall(r"[A-Za-z]{2,}", SCRIPTS.sub("", left))
    return OPERATORS.issuperset(words) and not VERB.search(right[0]) if right else False


def _runs(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Lines of a paragraph grouped by what they are."""
    kinds: list[str] = []
    for number, line in enumerate(lines):
        kinds.append(_kind(line, lines[:number], kinds[-1:]))
    for kind, run in groupby(zip(kinds, lines, strict=True), itemgetter(0)):
        yield kind, [line for _, line in run]


def _kind(line: str, before: list[str], kind_before: list[str]) -> str:
    if line.startswith("    "):
        return "set off"
    goes_on = kind_before == ["options"] and not FIELD.match(line)
    return "options" if goes_on or _is_option(line, before) else "prose"


def options(text: str) -> Iterator[tuple[str, str]]:
    """Names and what they do, from lines `name: what it does` that may go on in further lines."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if _is_option(line, lines[:number])]
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        yield OPTION.fullmatch(" ".join(lines[start:end])).groups()


def _is_option(line: str, before: list[str]) -> bool:
    """Not where a wrapped line happens to begin with a word and a colon."""
    return bool(OPTION.match(line)) and (not before or before[-1][-1] in ".:;,")
