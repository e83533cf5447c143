"""Write docs/study.md: Tables 1 and 2, small, with what stands behind them.

`python docs/study.py` writes the page from the committed tables; `python docs/study.py FILE FOLDER`
writes another one from the tables in a folder. All numbers come from the tables; nothing is written
here but the frame, and it says nothing that other numbers could make false.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from rgm_torch import data
from rgm_torch.study import beside, details, tables
from rgm_torch.study.compare import AT_RATE, rgm_at
from rgm_torch.study.results import COMMITTED, Study, table
from rgm_torch.study.settings import SETTINGS, TABLE_SETTINGS

MAIN = "av-digits"
"""The setting of the tables that show one only."""

INTRO = """\
# The study: Tables 1 and 2, small

Made by `python docs/study.py` from the committed tables of the study; a test compares the two.
Notebook 11 explains the protocol and draws the conclusions.

## How to read it

- **Budget.** In a column all methods have the same encoders, clips, epochs, batches, optimizer and
  schedule. Methods with additional losses or teachers compute more per step (see the costs).
- **Seeds.** A seed is a data draw, a start and a batch order at once, the same for all methods.
  mean ± half-width of the 95 % interval (Student) over seeds, in percent; differences are taken
  seed by seed, in percentage points. The interval holds if differences are normal over seeds, which
  so few seeds cannot show.
- **▲ ▼** mark a difference that is resolved at 5 % after Holm's correction over the 21 methods of a
  column, those of both tables and RGM; a difference without a mark may be there all the same. Every
  control has its own family of 21; nothing is corrected over controls or columns. Controls stand
  below RGM, outside the family: their differences come with a plain p.
- **w̄** is Eq. 5, in (−1, 1], 1 is balance: from the energies, summed over the whole training, of
  the gradients that a method's joint prediction sends to the features, before RGM changes them.
  Losses of further heads are not counted; late fusion has no others, so there they are. The paper
  prints a number of the same name, but not which energies it is of: the two need not be comparable.
- **failed** is a run that stopped with an error or with numbers that are not finite. Its seed
  drops out of the means and of the differences.
- A name with something after a comma is not the whole published method: see
  [the methods](methods.md).
- The test split is read once per run, at the end; the search reads validation data of a data draw
  that no table uses. The draws of AV-Digits share a stock of recordings and digits; those of the
  other columns are generated anew.
"""


def settings() -> str:
    """What the columns are."""
    heading = ["column", "what it is", "training clips", "epochs", "seeds", "rate η"]
    lines = []
    for name in TABLE_SETTINGS:
        column = SETTINGS[name]
        base = column.base
        clips = base.dials.get("train", data.dials(base.data)["train"])
        cells = (f"`{name}`", column.title, clips, base.epochs, column.seeds, f"{base.lr:g}")
        lines.append([str(cell) for cell in cells])
    return tables.markdown(heading, lines)


def made(folder: Path) -> Iterator[str]:
    """How the tables were made: what machine.json says."""
    record = json.loads((folder / "machine.json").read_text(encoding="utf-8"))
    for command in record["commands"]:
        minutes = command["wall_seconds"] / 60
        yield f"- `{command['command']}`: {command['start']}, {minutes:.0f} minutes"
    for part in ("runs", "machine", "versions"):
        yield f"- {part}: " + ", ".join(f"{key} {value}" for key, value in record[part].items())


def same_rate(study: Study) -> str:
    """RGM minus joint training where both have the same rate."""
    lines = []
    for setting in TABLE_SETTINGS:
        found = [rgm_at(study, setting, rate) for rate in AT_RATE]
        cells = (tables.gap(one) if one.n else tables.NOTHING for one in found)
        lines.append([setting, *cells])
    return tables.markdown(["", *(f"both at {rate}" for rate in AT_RATE)], lines)


def one_table(study: Study, name: str) -> Iterator[str]:
    """A table of the paper, in parts."""
    yield f"\n## {name}, small, reproduced here\n\nTest accuracy; w̄.\n"
    yield tables.levels(study, name)
    controls = {"joint": "Joint", "multi-loss": "Joint + unimodal losses",
                "late-fusion": "late fusion"}  # fmt: skip
    for control, words in controls.items():
        yield f"\n### {name}: difference to {words}\n"
        yield tables.gaps(study, name, control)


def page(folder: Path) -> Iterator[str]:
    """The parts of the page."""
    study, cost = Study(table("study", folder)), table("cost", folder)
    yield INTRO
    yield settings()
    yield "\n## How it was made\n"
    yield from made(folder)
    yield "\n## RGM in one view\n\nDifferences in test accuracy; the last three columns count.\n"
    yield tables.overview(study)
    yield (
        "\n### RGM − Joint at the same rate\n\nBoth at η and both at 2η, without any search; the "
        "second pair was added after the search had chosen different rates for the two.\n"
    )
    yield same_rate(study)
    for name in tables.TABLES:
        yield from one_table(study, name)
    yield "\n## RGM minus each of the 20 others\n\nOne family of 20 in a column.\n"
    yield tables.rgm_gaps(study)
    yield f"\n## What each modality has learned, `{MAIN}`\n"
    yield (
        "Levels of the residuals: ‖r‖² of the joint prediction, e of a modality's own. All are "
        "Brier scores: 0 for sure and right, 0.9 for a uniform guess among ten, 2 for sure and "
        "wrong.\n"
    )
    yield details.residuals(study, MAIN)
    yield (
        "\nTest accuracy of one modality, asked in three ways: *kept*, the other's features set to "
        "zero; *own*, its own prediction through the head (as the method has one); *probe*, a "
        "logistic regression on its features.\n"
    )
    yield details.knowledge(study, MAIN)
    yield "\n## What it costs\n\nA training step as a multiple of Joint's: time, peak memory.\n"
    yield details.costs(cost)
    yield (
        "\n## The search\n\nFour trials for every row in every column, and their validation "
        "accuracies in percent on 1200 clips; the chosen one is bold. One of them is uncertain by "
        "about ± 1.8 points (95 %, at 90 %), so that much of a choice is luck. The column "
        "`transformer` has no search of its own and takes over that of `dominant`.\n"
    )
    yield details.search(study)
    yield (
        "\n## Beside the paper\n\nJoint training's accuracy, and what the others gain over it. "
        "Left of the line are ours, ▲ ▼ as above; right of it the paper's numbers as printed, "
        "without intervals, for they have none. Data, networks and budgets differ.\n"
    )
    for name in tables.TABLES:
        yield f"### {name}\n"
        yield beside.beside(study, name) + "\n"
    yield (
        "### The order of the methods\n\nSpearman's rank correlation of the gains over Joint, "
        "Joint itself at 0, with 95 % intervals (the paper's: means over its three data sets). "
        "With 22 methods an interval around 0 is about 0.8 wide. The truth is wider, as relatives "
        "among the methods count as independent here; and noise between seeds pulls our "
        "correlations towards 0.\n"
    )
    yield beside.agreements(study)


def write(path: Path, folder: Path) -> None:
    """Write the page."""
    path.write_text("\n".join(page(folder)).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    defaults = [Path(__file__).with_name("study.md"), COMMITTED]
    write(*(given + defaults[len(given) :]))
