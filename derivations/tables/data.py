"""Tables 1–3 of the paper, as printed, and read into whole hundredths so that arithmetic is exact.

A number between underscores is underlined in the paper ("second best"); a dash is no number. Bold
type is not transcribed. Two misprinted names are kept: G-Bleeding (G-Blending), BALRAD (BALGRAD).
"""

import re
from typing import NamedTuple

import sympy as sp

TABLE_1 = """
Joint training          65.74   -0.56   67.47   -0.60   68.23   -0.75   51.28   -0.48   55.74   -0.56   71.62   -0.80
G-Bleeding (CVPR 2020)  68.33   0.61    69.11   0.39    69.14   0.24    55.14   0.58    58.47   0.39    75.16   0.15
Greedy (ICML 2022)      65.72   -       68.37   -       71.53   -       52.16   -       53.16   -       73.53   -
OGM-GE (CVPR 2022)      67.15   0.71    70.70   0.54    71.66   0.40    54.21   0.76    56.21   0.55    77.10   0.28
AL (ACM MM 2023)        66.35   0.26    67.81   0.19    69.51   0.12    49.05   0.33    50.62   0.20    72.36   -0.07
IMCL (ACM MM 2023)      65.92   -       68.17   -       67.46   -       51.95   -       52.61   -       70.21   -
AGM (ICCV 2023)         66.50   0.65    70.16   0.57    72.38   0.40    53.23   0.71    56.14   0.59    76.64   0.42
PMR (CVPR 2023)         65.62   0.67    68.55   _0.62_  74.80   0.41    53.86   0.66    57.55   0.58    76.05   0.38
Diag&Re (ECCV 2024)     69.10   0.73    75.13   _0.62_  74.55   _0.55_  58.73   0.75    62.12   0.66    77.08   _0.54_
LFM (NeurIPS 2024)      69.05   -       72.15   -       75.62   -       57.51   -       61.14   -       76.19   -
ARM (AAAI 2025)         69.65   0.76    73.16   0.59    75.60   0.51    58.64   0.82    61.06   0.67    76.25   0.49
Remixing (ICML 2025)    71.68   _0.70_  72.72   0.61    75.49   0.52    58.49   0.76    _62.13_ 0.68    _77.81_ 0.50
InfoReg (CVPR 2025)     _72.03_ 0.64    71.90   0.53    _76.01_ 0.50    _59.04_ 0.69    61.93   0.61    77.39   0.47
RGM (Ours)              72.56   0.77    _74.91_ 0.65    76.30   0.57    60.19   _0.78_  62.47   _0.67_  78.69   0.55
"""  # noqa: E501

TABLE_2 = """
Joint training          65.74  67.47  68.23    51.28  55.74  71.62
GradNorm (ICML 2018)    65.84  68.96  70.18    56.02  57.37  73.11
PCGrad (NeurIPS 2020)   69.11  70.04  71.22    56.17  58.63  73.31
MMCos (ICASSP 2023)     65.48  66.40  70.06    55.31  57.29  71.01
GMD (AAAI 2024)         67.26  71.49  73.12    57.85  60.26  75.97
ReconB (ICML 2024)      71.34  74.22  75.55    58.14  61.73  77.10
MMPareto (ICML 2024)    70.13  75.13  75.03    58.36  60.27  76.69
CGGM (NeurIPS 2024)     70.92  72.13  74.89    59.82  61.65  77.62
BALRAD (NAACL 2025)     69.49  73.45  _75.63_  58.63  61.36  _78.13_
RGM (Ours)              72.56  74.91  76.30    60.19  62.47  78.69
"""

# Rows of Table 3 in print: the check marks as they stand, and the accuracies.
TABLE_3 = """
EAR            65.74  67.47  68.23
Syn            68.13  70.27  71.28
Orth           68.01  69.85  69.53
EAR+Syn        67.52  69.26  72.14
EAR+Orth       71.69  73.51  73.09
Syn+Orth       70.54  71.64  74.59
EAR+Syn+Orth   70.97  72.66  75.11
EAR+Syn+Orth   72.56  74.91  76.30
"""

NATURAL_ORDER = ("", "EAR", "Syn", "Orth", "EAR+Syn", "EAR+Orth", "Syn+Orth", "EAR+Syn+Orth")
"""The parts that the rows of Table 3 must mean: the misplaced marks moved down by one row."""


class Setting(NamedTuple):
    """One column group of Tables 1 and 2."""

    backbone: str
    dataset: str

    def __str__(self) -> str:
        return f"{self.dataset}, {self.backbone}"


DATASETS = ("Kinetics-Sounds", "CREMA-D", "UCF-51")
SETTINGS = tuple(Setting(b, d) for b in ("CNN", "Transformer") for d in DATASETS)

Column = dict[str, sp.Integer]


def rows(table: str) -> list[tuple[str, list[str]]]:
    """(name without its venue, cells) of each row."""
    lines = [re.split(r"\s{2,}", line, maxsplit=1) for line in table.strip().splitlines()]
    return [(re.sub(r" \(.*\)", "", name), cells.split()) for name, cells in lines]


def columns(table: str) -> list[Column]:
    """The columns from left to right, method → hundredths; methods without a number left out."""
    read: list[Column] = [{} for _ in rows(table)[0][1]]
    for name, cells in rows(table):
        for column, cell in zip(read, cells, strict=True):
            if cell != "-":
                column[name] = hundredths(cell.strip("_"))
    return read


def underlined(table: str) -> list[set[str]]:
    """The methods underlined in each column."""
    marks: list[set[str]] = [set() for _ in rows(table)[0][1]]
    for name, cells in rows(table):
        for column, cell in zip(marks, cells, strict=True):
            if cell.startswith("_"):
                column.add(name)
    return marks


def hundredths(cell: str) -> sp.Integer:
    """'72.56' → 7256, exactly."""
    value = sp.Rational(cell) * 100
    if not value.is_Integer:
        raise ValueError(f"cell: {cell!r} has more than two decimals")
    return value


def minus(x: sp.Integer, y: sp.Integer) -> sp.Add:
    """x − y, left standing so that a proof shows both numbers."""
    return sp.Add(x, -y, evaluate=False)


def decimal(value: sp.Integer) -> str:
    """7256 → '72.56'."""
    return f"{int(value) / 100:.2f}"


def best(column: Column, without: str = "RGM") -> tuple[str, sp.Integer]:
    """Who of the other methods has the largest value, in the order of the table, and the value."""
    others = {name: value for name, value in column.items() if name != without}
    top = max(others.values())
    return " and ".join(name for name, value in others.items() if value == top), top


ACCURACY = dict(zip(SETTINGS, columns(TABLE_1)[0::2], strict=True))
BALANCE = dict(zip(SETTINGS, columns(TABLE_1)[1::2], strict=True))
CONFLICT_ACCURACY = dict(zip(SETTINGS, columns(TABLE_2), strict=True))
ABLATION = {
    frozenset(filter(None, parts.split("+"))): [hundredths(cell) for cell in cells]
    for parts, (_, cells) in zip(NATURAL_ORDER, rows(TABLE_3), strict=True)
}
