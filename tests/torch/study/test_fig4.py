"""Fig. 4 drawn from a small table: bars, diamonds and words are the table's numbers."""

import numpy as np
import pytest

from rgm_torch.study.figures import fig4
from tests.torch.study.test_knowledge import study

DROPS = {"joint": (0.5, 0.1), "rgm": (0.4, 0.2), "late-fusion": (0.3, 0.25)}


@pytest.fixture
def measured():
    """Three methods with two seeds each, all right in 0.9, and late fusion's parts in 0.6."""
    rows = []
    for method, (audio, video) in DROPS.items():
        place = ("redundant", method, "default")
        for seed, shift in ((0, 0.01), (1, -0.01)):
            rows += [
                (*place, seed, "test_accuracy", 0.9),
                (*place, seed, "kept_video", 0.9 - audio + shift),
                (*place, seed, "kept_audio", 0.9 - video + shift),
                (*place, seed, "test_own_accuracy_audio", 0.7),
                (*place, seed, "test_own_accuracy_video", 0.6),
            ]
    return study(*rows)


def test_bars_and_diamonds_are_where_the_numbers_are(measured):
    axes = fig4.draw(measured, ["redundant"]).axes[0]
    audio, video = (bars for bars in axes.containers if hasattr(bars, "patches"))
    expected = np.array(list(DROPS.values()))
    np.testing.assert_allclose([bar.get_width() for bar in audio.patches], expected[:, 0])
    np.testing.assert_allclose([bar.get_width() for bar in video.patches], expected[:, 1])
    diamonds = [line.get_xdata() for line in axes.lines if line.get_marker() == "D"]
    np.testing.assert_allclose(diamonds, [[0.3] * 3, [0.2] * 3])  # 0.9 − 0.6 and 0.9 − 0.7
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "Joint", "RGM", "Late fusion",
    ]  # fmt: skip


def test_words_name_the_ends_and_compare_rgm(measured):
    words = fig4.alt(measured, ["redundant"])
    audio, video = words.split("redundant label, ")[1:]
    assert "most is lost by Joint (50.0%), the least by Late fusion (30.0%)" in audio
    assert "lower by 0.100 ± 0.000" in audio  # the seeds shift both alike
    assert "most is lost by Late fusion (25.0%), the least by Joint (10.0%)" in video
    assert "higher by 0.100 ± 0.000" in video
