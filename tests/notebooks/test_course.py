"""The course's own tools: answers are judged by name, figures need words, cells keep their ids."""

import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from course import arrows, build, check, figure, hint
from course.answers import EXERCISES, Exercise, NotYet
from course.proof import typeset


@pytest.fixture
def exercise():
    """Exercises that leave the registry again."""
    made = []

    def make(**fields):
        made.append(Exercise("test-1", **fields))
        return made[-1]

    yield make
    for old in made:
        del EXERCISES[old.id]


def test_a_right_answer_is_told_from_a_known_and_from_an_unknown_mistake(exercise, capsys):
    exercise(right=0.5, wrong={"norm for squared norm": 0.25}, hints=["look at the square"])
    check("test-1", 0.5 + 1e-9)
    assert capsys.readouterr().out == "test-1: right\n"
    with pytest.raises(NotYet, match="norm for squared norm"):
        check("test-1", 0.25)
    with pytest.raises(NotYet, match="hint"):
        check("test-1", 0.7)
    for nothing in (None, ...):
        with pytest.raises(NotYet, match="no answer yet"):
            check("test-1", nothing)


def test_a_function_is_tried_on_the_exercises_inputs(exercise):
    exercise(right=np.square, wrong={"doubled": lambda x: 2 * x}, inputs=[(3.0,), (5.0,)])
    check("test-1", lambda x: x * x)
    with pytest.raises(NotYet, match="doubled"):
        check("test-1", lambda x: x + x)
    with pytest.raises(NotYet, match="ZeroDivisionError"):
        check("test-1", lambda x: x / 0)


def test_a_judge_says_whether_one_of_many_answers_qualifies(exercise, capsys):
    exercise(right=True, wrong={"a sum that is not ten": False})

    def ten(x, y):
        return x + y == 10

    check("test-1", 3, 7, judge=ten)
    assert "right" in capsys.readouterr().out
    with pytest.raises(NotYet, match="not ten"):
        check("test-1", 3, 8, judge=ten)
    with pytest.raises(NotYet, match="no answer yet"):
        check("test-1", 3, ..., judge=ten)
    with pytest.raises(NotYet, match="TypeError"):
        check("test-1", 3, "7", judge=ten)


def test_a_function_that_was_not_written_is_no_answer_yet(exercise):
    exercise(right=np.square, inputs=[(3.0,)])

    def blank(x):
        raise NotImplementedError

    with pytest.raises(NotYet, match="no answer yet"):
        check("test-1", blank)


def test_a_wrong_arrow_is_drawn_over_the_right_one_and_a_right_one_is_not(exercise, monkeypatch):
    drawn = []
    monkeypatch.setattr("course.answers.show", lambda figure, alt: drawn.append((figure, alt)))
    exercise(right=np.eye(2), wrong={"turned": np.eye(2)[::-1]}, arrows=True)
    check("test-1", [[1, 0], [0, 1]])
    assert not drawn
    with pytest.raises(NotYet, match="turned"):
        check("test-1", [[0, 1], [1, 0]])
    with pytest.raises(NotYet, match="shape"):
        check("test-1", [1, 0])
    [(picture, alt)] = drawn
    assert alt.endswith(
        "the first is 1 times as long, turned by 90 degrees; "
        "the second is 1 times as long, turned by 90 degrees."
    )
    pale = [line.get_xydata()[1].tolist() for line in picture.axes[0].lines if line.get_lw() == 8]
    assert pale == [[1, 0], [0, 1]]
    plt.close(picture)


def test_a_difference_is_told_in_words():
    assert arrows.difference([1, 0], [1, 0]) == "is as expected"
    assert arrows.difference([0, 0], [1, 0]) == "is zero and should not be"
    assert arrows.difference([1, 0], [0, 0]) == "should be zero"
    told = arrows.difference(np.array([0.0, 3.0]), np.array([-1.5, 0.0]))
    assert told == "is 2 times as long, turned by 90 degrees"


def test_shapes_nan_and_choices_are_judged(exercise):
    exercise(right=np.ones(3))
    with pytest.raises(NotYet, match="shape"):
        check("test-1", np.ones(2))
    with pytest.raises(NotYet):
        check("test-1", np.full(3, np.nan))
    with pytest.raises(NotYet):
        check("test-1", "one")


def test_a_boolean_is_no_number(exercise):
    exercise(right=True)
    check("test-1", True)
    with pytest.raises(NotYet):
        check("test-1", False)


def test_hints_go_from_weak_to_strong_and_end(exercise, capsys):
    exercise(right=1, hints=["think", "think harder"])
    hint("test-1", 2)
    assert "2 of 2: think harder" in capsys.readouterr().out
    with pytest.raises(ValueError, match="number"):
        hint("test-1", 3)
    with pytest.raises(ValueError, match="exercise_id"):
        hint("no-such")


def test_an_exercise_id_names_one_exercise(exercise):
    exercise(right=1)
    with pytest.raises(ValueError, match="id"):
        Exercise("test-1", right=2)


def test_a_figure_without_words_is_refused_and_its_numbers_are_kept():
    drawn, axes = plt.subplots()
    axes.plot([1, 2])
    with pytest.raises(ValueError, match="alt"):
        figure.show(drawn, alt="a figure")
    figure.show(drawn, alt="A line that rises from one to two", height=[1, 2])
    assert figure.numbers()["height"].tolist() == [1, 2]
    assert not plt.fignum_exists(drawn.number)


def test_colours_are_never_the_only_difference():
    assert len({(look["marker"], look["linestyle"]) for look in figure.looks(6)}) == 6
    with pytest.raises(ValueError, match="card"):
        figure.use_style("sepia")


def test_ids_are_those_of_the_source_or_the_place_and_metadata_is_clean(tmp_path):
    source = tmp_path / "42_answer.py"
    source.write_text('# %% id="named"\n1 + 1\n\n# %% tags=["exercise"]\n2\n', encoding="utf-8")
    notebook = build.read(source)
    assert [cell.id for cell in notebook.cells] == ["named", "42-01"]
    assert [dict(cell.metadata) for cell in notebook.cells] == [{}, {"tags": ["exercise"]}]
    assert set(notebook.metadata) == {"kernelspec"}


def test_execution_tells_the_seconds_of_slow_cells_and_leaves_no_time_behind(tmp_path):
    source = tmp_path / "42_answer.py"
    source.write_text("# %%\nimport time\n\ntime.sleep(1)\n\n# %%\n2\n", encoding="utf-8")
    notebook = build.read(source)
    taken = build.execute(notebook)
    assert taken["42-00"] >= 1
    assert [dict(cell.metadata) for cell in notebook.cells] == [{}, {}]
    assert notebook.cells[1].outputs[0].data["text/plain"] == "2"


def test_plain_indices_become_formulas():
    plain = "g̃_i is O_j, at most w_min; rgm_ref stays"
    assert typeset(plain) == r"$\tilde g_{i}$ is $O_{j}$, at most $w_{min}$; rgm_ref stays"


@pytest.mark.parametrize("module", ["rgm_ref", "derivations", "matplotlib"])
def test_a_missing_package_is_named_with_the_remedy(module):
    script = f"import sys; sys.modules[{module!r}] = None; import course"
    folder = Path(build.__file__).parents[1]
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert f"{module} is missing. In the folder of the course run:" in result.stderr
    assert "-m pip install -c constraints.txt" in result.stderr
