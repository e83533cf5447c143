"""What is heard and seen of a clip: spectrograms against oracles, frames against hand counts."""

import importlib
import subprocess
import sys

import numpy as np
import pytest
import torch

from rgm_torch.data.readers import pictures
from rgm_torch.data.readers.media import MediaError, optional
from rgm_torch.data.readers.pictures import (
    MEAN,
    STD,
    Flow,
    Frames,
    View,
    central,
    drawn,
    frame_files,
)
from rgm_torch.data.readers.sound import FilterBank, LogSpectrogram, read_sound
from tests.torch.tiny_media import RATE, tone, write_frames, write_video, write_wav

VIDEOS = ("mp4", "avi", "flv")


# --- sound ---


@pytest.mark.parametrize("bin_", [10, 100, 200])
def test_a_tone_peaks_in_its_bin_with_the_height_of_the_window(tmp_path, bin_):
    """An amplitude 1/2 at bin k: |S| = ½ Σw/2 = 512/2/4 = 64 at k, and half of it beside k."""
    rate = 22050
    write_wav(tmp_path / "a.wav", tone(bin_ * rate / 512, seconds=3, rate=rate), rate)
    picture = LogSpectrogram()((tmp_path / "a.wav",), central(1))[0, :, 1:-1]
    assert (picture.argmax(dim=0) == bin_).all()
    # 16-bit rounding: 1e-5 of a half-scale sine
    torch.testing.assert_close(picture[bin_].exp(), torch.full((186,), 64.0), rtol=1e-4, atol=0)
    torch.testing.assert_close(picture[bin_ + 1].exp(), torch.full((186,), 32.0), rtol=1e-3, atol=0)


def test_the_spectrogram_is_that_of_torch(rng):
    wave = rng.normal(scale=0.1, size=66150)
    spectrum = torch.stft(
        torch.from_numpy(wave),
        512,
        353,
        window=torch.hann_window(512, dtype=torch.float64),
        pad_mode="constant",
        return_complex=True,
    )
    expected = torch.log(spectrum.abs() + 1e-7)[None].float()
    # both in float64, then rounded to float32: 6e-8 of at most 16
    torch.testing.assert_close(LogSpectrogram().of_wave(wave), expected, rtol=0, atol=2e-6)


def test_a_short_sound_is_repeated_a_long_one_cut_a_loud_one_clipped(rng):
    wave = rng.normal(scale=0.1, size=22050)
    picture = LogSpectrogram().of_wave
    assert picture(wave).shape == (1, 257, 188)  # 1 + ⌊66150 / 353⌋ frames
    torch.testing.assert_close(picture(wave), picture(np.tile(wave, 5)), rtol=0, atol=0)
    torch.testing.assert_close(picture(100 * wave), picture((100 * wave).clip(-1, 1)))


def test_silence_is_the_floor():
    floor = torch.full((1, 257, 188), float(np.log(1e-7)))
    torch.testing.assert_close(LogSpectrogram().of_wave(np.zeros(100)), floor)


@pytest.mark.filterwarnings("ignore:At least one mel filter")  # 128 bands: true of Kaldi's as well
def test_the_filter_bank_is_kaldis(rng):
    audio = pytest.importorskip("transformers.audio_utils")
    wave = rng.normal(scale=0.1, size=3 * RATE)
    filters = audio.mel_filter_bank(
        257, 128, 20, RATE / 2, RATE, mel_scale="kaldi", triangularize_in_mel_space=True
    )
    energy = audio.spectrogram(
        wave - wave.mean(),
        audio.window_function(400, "hann", periodic=False),
        400,
        160,
        fft_length=512,
        power=2.0,
        center=False,
        preemphasis=0.97,
        remove_dc_offset=True,
        mel_filters=filters,
        mel_floor=float(np.finfo(np.float32).eps),
        log_mel="log",
    )
    ours = FilterBank().of_wave(wave)
    expected = torch.from_numpy((energy + 4.503877) / (2 * 5.141276)).float()
    assert ours.shape == (1, 128, 1024)
    assert energy.shape[1] == 298  # 1 + ⌊(48000 − 400) / 160⌋
    torch.testing.assert_close(ours[0, :, :298], expected, rtol=0, atol=1e-6)  # float32 of ≤ 2
    rest = torch.full((128, 726), 4.503877 / (2 * 5.141276))
    torch.testing.assert_close(ours[0, :, 298:], rest)


def test_the_filter_bank_hears_a_tone_where_it_is():
    frequency = 1000
    picture = FilterBank().of_wave(tone(frequency, 1.0) / 32768)[0, :, :98]
    step = (1127 * np.log(1 + 8000 / 700) - 1127 * np.log(1 + 20 / 700)) / 129
    band = (1127 * np.log(1 + frequency / 700) - 1127 * np.log(1 + 20 / 700)) / step - 1
    assert (picture.mean(dim=1).argmax() - band).abs() <= 1


def test_the_filter_bank_takes_any_length():
    assert FilterBank().of_wave(np.ones(3)).shape == (1, 128, 1024)
    assert FilterBank().of_wave(np.ones(12 * RATE)).shape == (1, 128, 1024)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([0, 16384, -32768], np.int16), [0, 0.5, -1]),
        (np.array([128, 192, 0], np.uint8), [0, 0.5, -1]),
        (np.array([0, 2**30, -(2**31)], np.int32), [0, 0.5, -1]),
        (np.array([0, 0.5, -1], np.float32), [0, 0.5, -1]),
        (np.array([[0, 0], [16384, 16384], [-32768, 0]], np.int16), [0, 0.5, -0.5]),
    ],
)
def test_every_kind_of_wav_has_full_scale_one(tmp_path, samples, expected):
    write_wav(tmp_path / "a.wav", samples)
    np.testing.assert_allclose(read_sound(tmp_path / "a.wav", RATE), expected, atol=1e-15)


def test_resampling_keeps_the_tone(tmp_path):
    write_wav(tmp_path / "a.wav", tone(1000, 1.0))
    wave = read_sound(tmp_path / "a.wav", 22050)
    assert len(wave) == 22050
    expected = np.sin(2 * np.pi * 1000 * np.arange(22050) / 22050) / 2
    # the polyphase filter's ripple in the pass band, away from the ends
    np.testing.assert_allclose(wave[500:-500], expected[500:-500], atol=2e-3)


@pytest.mark.parametrize("ending", VIDEOS)
def test_a_video_is_heard(tmp_path, ending):
    write_video(tmp_path / f"a.{ending}", [0] * 10, tone(1000, 1.0))
    wave = read_sound(tmp_path / f"a.{ending}", RATE)
    spectrum = np.abs(np.fft.rfft(wave[2048 : 2048 + RATE // 2]))
    assert spectrum.argmax() * 2 == 1000  # bins of 2 Hz
    assert abs(np.abs(wave).max() - 0.5) < 0.02  # AAC is lossy


# --- pictures ---


@pytest.mark.parametrize(
    ("total", "segments", "middle"),
    [(3, 1, [1]), (10, 3, [1, 5, 8]), (9, 3, [1, 4, 7]), (2, 3, [0, 1, 1]), (1, 4, [0] * 4)],
)
def test_the_middle_of_equal_segments(total, segments, middle):
    assert central(segments).frames(total) == middle


def test_a_moment_rounded_up_to_the_end_is_the_last_frame():
    assert View((0.0, 0.0, 1 - 2**-53)).frames(9) == [0, 3, 8]


def test_a_drawn_frame_lies_in_its_segment_and_all_are_drawn(rng):
    drawings = np.array([drawn(3, True, rng).frames(9) for _ in range(200)])
    for k in range(3):
        assert set(drawings[:, k]) == {3 * k, 3 * k + 1, 3 * k + 2}


def test_a_drawn_crop_lies_in_the_picture_with_the_area_it_should(rng):
    for width, height in ((320, 240), (50, 200)):
        boxes = np.array([drawn(1, True, rng).box(width, height) for _ in range(300)])
        left, top, right, bottom = boxes.T
        assert (left >= 0).all()
        assert (top >= 0).all()
        assert (right <= width + 1e-9).all()
        assert (bottom <= height + 1e-9).all()
        areas = (right - left) * (bottom - top) / (width * height)
        assert (areas <= 1 + 1e-9).all()
    ratio = (right - left) / (bottom - top)  # in the tall picture the width is what gets cut
    assert (ratio <= 4 / 3 + 1e-9).all()
    assert drawn(2, False, rng).crop is None


def test_half_of_the_views_are_mirrored(rng):
    flips = sum(drawn(1, True, rng).flip for _ in range(400))
    assert 160 < flips < 240  # four deviations of Binomial(400, ½)


def test_frames_are_the_middle_ones_normalised(tmp_path):
    write_frames(tmp_path / "clip", range(0, 250, 25))
    rgb = Frames(size=8)((tmp_path / "clip",), central(3))
    assert rgb.shape == (3, 3, 8, 8)
    seen = rgb * torch.tensor(STD)[:, None, None] + torch.tensor(MEAN)[:, None, None]
    expected = torch.tensor([25.0, 125, 200])[:, None, None, None].expand(3, 3, 8, 8) / 255
    torch.testing.assert_close(seen, expected, rtol=0, atol=2 / 255)  # JPEG is lossy


def test_frames_are_ordered_by_their_number(tmp_path):
    for name in ("img_10.jpg", "img_9.jpg", "img_100.jpg", "flow_x_1.jpg", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    found = [path.name for path in frame_files(tmp_path / "img_*")]
    assert found == ["img_9.jpg", "img_10.jpg", "img_100.jpg"]


@pytest.mark.parametrize("ending", VIDEOS)
def test_a_video_is_seen(tmp_path, ending):
    greys = [40, 80, 120, 160, 200, 240]
    write_video(tmp_path / f"a.{ending}", greys)
    rgb = Frames(size=8)((tmp_path / f"a.{ending}",), central(3))
    seen = rgb * torch.tensor(STD)[:, None, None] + torch.tensor(MEAN)[:, None, None]
    expected = torch.tensor([80.0, 160, 240]) / 255
    torch.testing.assert_close(seen.mean(dim=(1, 2, 3)), expected, rtol=0, atol=4 / 255)  # lossy


def test_a_mirrored_view_turns_the_picture_and_the_sign_of_horizontal_flow(tmp_path):
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :4] = 255
    image = optional("PIL.Image").fromarray(pixels)
    (tmp_path / "clip").mkdir()
    image.save(tmp_path / "clip/0.png")
    straight = Frames(size=8)((tmp_path / "clip",), View((0.5,)))
    mirrored = Frames(size=8)((tmp_path / "clip",), View((0.5,), flip=True))
    torch.testing.assert_close(mirrored, straight.flip(-1), rtol=0, atol=0)
    for part, grey in (("u", 51), ("v", 204)):
        write_frames(tmp_path / part, [grey], name="{}.png")
    flow = Flow(size=4)((tmp_path / "u", tmp_path / "v"), View((0.5,), flip=True))
    assert flow.shape == (1, 2, 4, 4)
    torch.testing.assert_close(flow[0, :, 0, 0], torch.tensor([0.8, 0.8]))


def test_a_crop_sees_its_part_of_the_picture(tmp_path):
    pixels = np.zeros((8, 16, 3), np.uint8)
    pixels[:, 8:] = 255
    (tmp_path / "clip").mkdir()
    optional("PIL.Image").fromarray(pixels).save(tmp_path / "clip/0.png")
    right = View((0.5,), crop=(0.5, 1.0, 1.0, 0.0))  # a square of half the area, at the right
    assert right.box(16, 8) == (8, 0, 16, 8)
    seen = Frames(size=4)((tmp_path / "clip",), right)[0, 0, :, 1:]  # bilinear: edges mix
    torch.testing.assert_close(seen, torch.full((4, 3), (1 - MEAN[0]) / STD[0]))


# --- what is damaged ---


def cut(path, share):
    """Keep the first part of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.5])
def test_a_cut_wav_is_damaged(tmp_path, share):
    write_wav(tmp_path / "a.wav", tone(440, 1.0))
    cut(tmp_path / "a.wav", share)
    with pytest.raises(MediaError, match=r"a\.wav: damaged .*on_error='skip'"):
        LogSpectrogram().check((tmp_path / "a.wav",))


@pytest.mark.parametrize(
    ("samples", "why"),
    [(np.zeros(0, np.int16), "no samples"), (np.array([0, np.nan], np.float32), "not finite")],
)
def test_a_wav_without_sound_is_damaged(tmp_path, samples, why):
    write_wav(tmp_path / "a.wav", samples)
    with pytest.raises(MediaError, match=why):
        read_sound(tmp_path / "a.wav", RATE)


def test_a_git_lfs_pointer_is_recognised(tmp_path):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 70000\n"
    (tmp_path / "a.wav").write_text(pointer)
    with pytest.raises(MediaError, match=r"a\.wav: damaged \(a Git LFS pointer.*git lfs pull"):
        read_sound(tmp_path / "a.wav", RATE)


@pytest.mark.parametrize("ending", ["jpg", "png"])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_cut_picture_is_damaged(tmp_path, share, ending):
    noise = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    (tmp_path / "clip").mkdir()
    optional("PIL.Image").fromarray(noise).save(tmp_path / f"clip/7.{ending}")
    cut(tmp_path / f"clip/7.{ending}", share)
    with pytest.raises(MediaError, match=rf"7\.{ending}: damaged"):
        Frames().check((tmp_path / "clip",))
    with pytest.raises(MediaError, match=rf"7\.{ending}: damaged"):
        Frames()((tmp_path / "clip",), central(1))


def test_an_empty_folder_is_damaged(tmp_path):
    with pytest.raises(MediaError, match="no jpg or png"):
        Frames()((tmp_path,), central(1))


def test_flow_needs_as_many_frames_in_x_as_in_y(tmp_path):
    write_frames(tmp_path / "u", [1, 2])
    write_frames(tmp_path / "v", [1])
    with pytest.raises(MediaError, match="2 frames of flow in x, 1 in y"):
        Flow().check((tmp_path / "u", tmp_path / "v"))


@pytest.mark.parametrize(
    ("ending", "share"), [("mp4", 0), ("mp4", 0.4), ("avi", 0), ("avi", 0.4), ("flv", 0)]
)
def test_a_cut_video_is_damaged(tmp_path, ending, share):
    path = tmp_path / f"a.{ending}"
    write_video(path, range(0, 250, 5), tone(440, 5.0), size=(64, 48))
    cut(path, share)
    with pytest.raises(MediaError, match=rf"a\.{ending}: damaged"):
        Frames().check((path,))


def test_a_video_without_sound_or_pictures_is_named(tmp_path):
    write_video(tmp_path / "a.mp4", [0, 1])
    with pytest.raises(MediaError, match="without sound"):
        read_sound(tmp_path / "a.mp4", RATE)
    write_wav(tmp_path / "b.mp4", tone(440))
    with pytest.raises(MediaError, match="no pictures"):
        Frames()((tmp_path / "b.mp4",), central(1))


def test_a_missing_package_names_the_extra(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ImportError, match=r'av cannot be imported: pip install "rgm-course\[media'):
        optional("av")


def test_the_readers_are_imported_without_what_opens_files():
    code = "import sys, rgm_torch.data.readers; assert not {'av', 'PIL'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_long_video_is_decoded_no_further_than_needed(tmp_path):
    write_video(tmp_path / "a.avi", range(0, 200, 10))
    first, again = pictures._decode(tmp_path / "a.avi", "L", [1, 1])
    assert first is again
    assert first.size == (32, 24)
