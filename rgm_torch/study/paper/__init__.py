"""The paper's own Tables 1–3, number by number, to stand beside ours: not reproduced here.

`accuracy` is top-1 in percent and `balance` the factor w̄, as printed, one value a cell, without
interval or number of runs; a dash of Table 1 is no row. `method` is spelled as in the paper, with
its two misprints, G-Bleeding and BALRAD, and `our_name` is what `rgm_torch.methods` calls it. Two
things of Table 3 are read, not printed: its check marks, which the text at hand has one row too
high (first row none, then the parts one by one), and its backbone, as its first and last row are
the ResNet-18 columns of Table 1. `derivations.tables` checks the paper's sentences against the
same numbers, in exact arithmetic.
"""

import csv
from pathlib import Path
from typing import NamedTuple

TABLES = ("table1", "table2", "table3")

BACKBONES = ("ResNet-18", "ViT-Base")

LABELS = {backbone: f"the paper, {backbone}, not reproduced here" for backbone in BACKBONES}
"""What to write above a column of these numbers, by backbone."""


class Printed(NamedTuple):
    """One number of the paper."""

    table: str
    backbone: str
    data: str
    method: str
    our_name: str
    metric: str
    value: float


def read(table: str) -> list[Printed]:
    """The numbers of that table, in the order of its rows.

    Raises: ValueError for another name than those of `TABLES`.
    Source: Gao et al., AAAI 2026, Tables 1–3.
    """
    if table not in TABLES:
        raise ValueError(f"table: got {table!r}, expected one of {', '.join(TABLES)}")
    with Path(__file__).with_name(f"{table}.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return [Printed._make([*names, float(value)]) for *names, value in rows]
