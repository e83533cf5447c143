"""The transcription of Tables 1–3, guarded by sums added up apart and by what the tables share."""

import re

import pytest
import sympy as sp

from derivations.tables import data
from derivations.tables.ablation import PARTS
from derivations.tables.balance import order
from derivations.tables.counts import CONFLICT, IMBALANCE, single_run
from derivations.tables.data import ABLATION, ACCURACY, BALANCE, CONFLICT_ACCURACY, SETTINGS

# Column sums in hundredths, and sums weighted by the row's number (which tell exchanged rows),
# added up from the paper's text by another program.
SUMS = {
    "TABLE_1": [
        95540, 594, 99031, 471, 101828, 347, 77348, 636, 81135, 504, 105608, 291,
    ],
    "TABLE_2": [68787, 71420, 73021, 57177, 59677, 75325],
    "TABLE_3": [55516, 56957, 58027],
}  # fmt: skip
WEIGHTED = {
    "TABLE_1": [
        727683, 5714, 753970, 4762, 778607, 3929, 595609, 6040, 624651, 5097, 801469, 3631,
    ],
    "TABLE_2": [384029, 399698, 408939, 320781, 333924, 421212],
    "TABLE_3": [253507, 259989, 265710],
}  # fmt: skip
SHAPES = {"TABLE_1": (14, 12), "TABLE_2": (10, 6), "TABLE_3": (8, 3)}
NUMBER = re.compile(r"-?(\d+)\.(\d\d)")


def cells(table: str) -> list[list[str]]:
    """Cells read from the end of each line, without the reader under test."""
    width = SHAPES[table][1]
    lines = getattr(data, table).strip().splitlines()
    return [line.replace("_", " ").split()[-width:] for line in lines]


@pytest.mark.parametrize("table", SHAPES)
def test_every_row_has_every_column(table):
    rows, width = SHAPES[table]
    assert [len(row) for row in cells(table)] == [width] * rows
    assert all(cell == "-" or NUMBER.fullmatch(cell) for row in cells(table) for cell in row)


def whole(cell: str) -> int:
    """'-0.56' → -56, and 0 for a dash, digit by digit."""
    match = NUMBER.fullmatch(cell)
    return 0 if match is None else int("-" * cell.startswith("-") + match[1] + match[2])


@pytest.mark.parametrize("table", SHAPES)
def test_columns_add_up_to_the_sums_of_the_text(table):
    columns = [[whole(cell) for cell in column] for column in zip(*cells(table), strict=True)]
    assert [sum(column) for column in columns] == SUMS[table]
    weighted = [sum(row * value for row, value in enumerate(column, 1)) for column in columns]
    assert weighted == WEIGHTED[table]


@pytest.mark.parametrize("table", ["TABLE_1", "TABLE_2"])
def test_the_reader_gives_the_same_sums(table):
    columns = data.columns(getattr(data, table))
    assert [int(sum(column.values())) for column in columns] == SUMS[table]


def test_the_reader_gives_the_same_sums_of_the_ablation():
    assert [int(sum(column)) for column in zip(*ABLATION.values(), strict=True)] == SUMS["TABLE_3"]


def test_three_methods_have_no_balance_factor():
    for where in SETTINGS:
        assert set(ACCURACY[where]) - set(BALANCE[where]) == {"Greedy", "IMCL", "LFM"}


def test_values_lie_where_they_can():
    for where in SETTINGS:
        assert all(0 < value < 10000 for value in ACCURACY[where].values())
        assert all(-100 < value <= 100 for value in BALANCE[where].values())


def test_tables_share_their_rows():
    for where in SETTINGS:
        for name in ("Joint training", "RGM"):
            assert ACCURACY[where][name] == CONFLICT_ACCURACY[where][name]
    cnn = SETTINGS[:3]
    assert ABLATION[frozenset()] == [ACCURACY[w]["Joint training"] for w in cnn]
    assert ABLATION[frozenset(PARTS)] == [ACCURACY[w]["RGM"] for w in cnn]


def test_categories_name_every_baseline_once():
    imbalance = [name for group in IMBALANCE.values() for name in group]
    conflict = [name for group in CONFLICT.values() for name in group]
    assert sorted(imbalance) == sorted(set(ACCURACY[SETTINGS[0]]) - {"RGM"})
    assert sorted(conflict) == sorted(
        set(CONFLICT_ACCURACY[SETTINGS[0]]) - {"RGM", "Joint training"}
    )


def test_ablation_has_every_subset_once():
    assert len(ABLATION) == 2 ** len(PARTS)
    marks = [name for name, _ in data.rows(data.TABLE_3)]
    assert tuple(marks[:-1]) == data.NATURAL_ORDER[1:], "the printed marks sit one row too high"
    assert marks[-1] == data.NATURAL_ORDER[-1]


def test_underlines_are_read():
    marks = data.underlined(data.TABLE_1)
    assert sum(map(len, marks)) == data.TABLE_1.count("_") // 2 == 13
    assert marks[3] == {"PMR", "Diag&Re"}
    assert data.underlined(data.TABLE_2)[2] == {"BALRAD"}


def test_readers_by_hand():
    assert data.hundredths("-0.07") == -7
    assert data.decimal(sp.Integer(7256)) == "72.56"
    assert data.best({"A": sp.Integer(2), "B": sp.Integer(2), "RGM": sp.Integer(3)}) == (
        "A and B",
        2,
    )
    with pytest.raises(ValueError, match="decimals"):
        data.hundredths("0.123")


def test_single_run_by_hand():
    clips = sp.Integer(8)  # eighths: 12.50, 25.00, 37.50 …
    assert single_run(sp.Integer(3750), clips)
    assert not single_run(sp.Integer(3760), clips)
    assert single_run(sp.Integer(3333), sp.Integer(3))


def test_order_by_hand():
    assert order({"A": 1, "B": 2, "C": 3}, {"A": 1, "B": 3, "C": 2}) == (2, 1)
