"""What README says of the study is what its tables say."""

from pathlib import Path

from rgm_torch.study.results import committed
from rgm_torch.study.tables import short_overview

README = Path(__file__).parents[2] / "README.md"


def test_the_numbers_of_the_study_are_those_of_its_tables():
    assert short_overview(committed()) in README.read_text(encoding="utf-8")
