"""The readers of CREMA-D, Kinetics-Sounds and UCF: corpora of tiny clips, and their faults."""

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from rgm_torch.data.batch import loader, shuffled
from rgm_torch.data.readers import READERS, MediaError, crema_d, kinetics_sounds, ucf_51, ucf_101
from rgm_torch.data.readers.crema_d import EMOTIONS, actor
from rgm_torch.data.readers.kinetics_sounds import video
from rgm_torch.data.readers.lists import hold_out, read_list
from rgm_torch.data.readers.ucf import CLASSES_51, group
from tests.torch.tiny_media import crema_d_folder, kinetics_folder, ucf_folder, write_frames

SIZE = 8
CLIP = "1002_IEO_SAD_XX"


@pytest.fixture(autouse=True)
def kept(monkeypatch, tmp_path):
    """The cache folder."""
    monkeypatch.setenv("RGM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    return crema_d_folder(tmp_path_factory.mktemp("crema"))


@pytest.fixture
def crema(pristine, tmp_path):
    """A copy that a test may damage."""
    return Path(shutil.copytree(pristine, tmp_path / "crema"))


@pytest.fixture(scope="module")
def ucf(tmp_path_factory):
    return ucf_folder(tmp_path_factory.mktemp("ucf") / "data")


@pytest.fixture(scope="module")
def kinetics(tmp_path_factory):
    return kinetics_folder(tmp_path_factory.mktemp("kinetics"))


def names(dataset):
    return [clip.name for clip in dataset.clips]


def everything(dataset, order=None, workers=0):
    """All batches of two clips, put together."""
    batches = list(loader(dataset, 2, order=order, workers=workers))
    return {
        "labels": torch.cat([batch.labels for batch in batches]),
        "rows": torch.cat([batch.indices for batch in batches]),
        **{name: torch.cat([b.inputs[name] for b in batches]) for name in batches[0].inputs},
    }


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name


# --- what is read ---


def test_crema_d(pristine):
    corpus = crema_d(pristine, size=SIZE, frames=2)
    assert corpus.modalities == ("audio", "video")
    assert corpus.classes == ("NEU", "HAP", "SAD", "FEA", "DIS", "ANG")
    assert corpus.shapes == {"audio": (1, 257, 188), "video": (2, 3, SIZE, SIZE)}
    assert [len(part) for part in corpus.parts.values()] == [24, 12, 12]
    for part in corpus.parts.values():
        assert part.labels.tolist() == [EMOTIONS.index(name[9:12]) for name in names(part)]
        assert part.skipped == []
    assert corpus.settings["clips"] == {"train": 24, "validation": 12, "test": 12}
    json.dumps(corpus.settings)  # a run folder keeps them


def test_a_clip_is_a_batch_of_its_own_files(pristine):
    corpus = crema_d(pristine, size=SIZE)
    batch = corpus.test[-1]
    row = len(corpus.test) - 1
    assert batch.indices.tolist() == [row]
    assert batch.labels.tolist() == [corpus.test.labels[row]]
    assert batch.labels.dtype == torch.int64
    label = int(batch.labels[0])
    heard = batch.inputs["audio"][0, 0, :, 1:20].mean(dim=1).argmax()  # the tone of its class
    assert abs(heard - 400 * (label + 1) / (22050 / 512)) <= 1
    with pytest.raises(IndexError):
        corpus.test[len(corpus.test)]


def test_kinetics_sounds_from_videos(kinetics):
    corpus = kinetics_sounds(kinetics, size=SIZE, holdout=0.4)
    assert corpus.classes == ("2", "9", "10")
    assert corpus.shapes == {"audio": (1, 128, 1024), "video": (3, 3, SIZE, SIZE)}
    assert [len(part) for part in corpus.parts.values()] == [6, 6, 3]
    assert corpus.test.labels.tolist() == [0, 2, 1]


def test_ucf_51(ucf):
    corpus = ucf_51(ucf, size=SIZE)
    assert corpus.modalities == ("video", "flow")
    assert corpus.classes == CLASSES_51
    assert len(set(CLASSES_51)) == 51
    assert corpus.shapes == {"video": (3, 3, SIZE, SIZE), "flow": (3, 2, SIZE, SIZE)}
    assert [len(part) for part in corpus.parts.values()] == [51, 51, 51]
    flow = corpus.test[0].inputs["flow"][0, :, :, 0, 0]
    expected = torch.tensor([[51, 153], [102, 204], [102, 204]]) / 255  # frames 0, 1, 1 of 2
    torch.testing.assert_close(flow, expected, rtol=0, atol=2 / 255)  # JPEG is lossy


def test_ucf_101_takes_its_classes_from_the_list_and_ucf_51_its_own(tmp_path):
    classes = ("Archery", "YoYo", "HandstandPushups")
    corpus = ucf_101(ucf_folder(tmp_path / "data", classes), size=SIZE)
    assert corpus.classes == classes
    assert names(corpus.test)[2] == "v_HandStandPushups_g01_c01"
    with pytest.raises(ValueError, match="no clip of class ApplyEyeMakeup"):
        ucf_51(tmp_path / "data", size=SIZE)


@pytest.mark.parametrize("flow", [("flow_x/{}", "flow_y/{}"), None])
def test_other_layouts_of_ucf(tmp_path, flow):
    """Folders flow_x and flow_y; or frames and both parts of the flow beside each other."""
    root = ucf_folder(tmp_path / "data", ("Archery",))
    for clip in os.listdir(root / "jpegs_256"):
        for part, grey, name in (("u", 0, "flow_x_{}.jpg"), ("v", 255, "flow_y_{}.jpg")):
            beside = root / "rawframes/Archery" / clip
            folder = root / flow[part == "v"].format(clip) if flow else beside
            write_frames(folder, [grey], name=name)
            write_frames(beside, [128], name="img_{}.jpg")
    shutil.rmtree(root / "tvl1_flow")
    shutil.rmtree(root / "jpegs_256")
    batch = ucf_101(root, size=SIZE).test[0]
    seen = batch.inputs["flow"][0, 0, :, 0, 0]
    torch.testing.assert_close(seen, torch.tensor([0.0, 1.0]), rtol=0, atol=2 / 255)


def test_a_layout_of_your_own(crema):
    (crema / "AudioWAV").rename(crema / "Sound")
    (crema / "train.csv").rename(crema / "mine.csv")
    layout = {"audio": ["sound/{clip}.wav"], "train": "mine.csv"}
    assert len(crema_d(crema, layout=layout).train) == 24
    with pytest.raises(ValueError, match="layout: got 'sound', expected one of train, test, au"):
        crema_d(crema, layout={"sound": "Sound/{clip}.wav"})
    with pytest.raises(ValueError, match=r"layout: audio is 'Sound/\{name\}.wav', expected \{clip"):
        crema_d(crema, layout={"audio": "Sound/{name}.wav"})


# --- lists and splits ---


@pytest.mark.parametrize(
    "line", ["one,3", "one.mp4,10,3", "one 3", "3/one.avi 7", "3/one.avi", "one.wav , 10, 3"]
)
def test_lists_in_every_form(tmp_path, line):
    (tmp_path / "a.csv").write_text(f"\n{line}\n\n", encoding="utf-8-sig")
    (row,) = read_list(tmp_path / "a.csv", "train", str.upper)
    assert (row.clip, row.kind, row.source, row.split) == ("one", "3", "ONE", "train")


@pytest.mark.parametrize("line", ["one", "one,", ",3"])
def test_a_line_without_clip_or_class(tmp_path, line):
    (tmp_path / "a.csv").write_text(f"zero,1\n{line}\n")
    with pytest.raises(ValueError, match=r"a\.csv:2: got .* expected a clip and its class"):
        read_list(tmp_path / "a.csv", "train", str)


def test_an_empty_list(crema):
    (crema / "train.csv").write_text("\n\n")
    with pytest.raises(ValueError, match=r"train\.csv: got an empty list"):
        crema_d(crema)


def test_a_clip_listed_twice(crema):
    with (crema / "train.csv").open("a") as file:
        file.write(f"{CLIP},SAD\n")
    with pytest.raises(ValueError, match=f"train.csv: {CLIP} listed more than once"):
        crema_d(crema)


def test_a_leak(crema):
    with (crema / "test.csv").open("a") as file:
        file.write(f"{CLIP},SAD\n")
    with pytest.raises(ValueError, match=f"{CLIP} in both the training and the test list: a leak"):
        crema_d(crema)


def test_an_unknown_class(crema):
    text = (crema / "train.csv").read_text()
    (crema / "train.csv").write_text(text.replace(",SAD", ",SORROW"))
    with pytest.raises(ValueError, match="unknown class SORROW; the classes are NEU, HAP, SAD"):
        crema_d(crema)


def test_a_class_missing_from_the_test_list(crema):
    text = (crema / "test.csv").read_text().splitlines()
    (crema / "test.csv").write_text("\n".join(line for line in text if "SAD" not in line))
    with pytest.raises(ValueError, match="test: no clip of class SAD; expected every class in ev"):
        crema_d(crema)


def test_a_class_left_without_training_clips(crema):
    text = (crema / "train.csv").read_text().splitlines()
    only = [line for line in text if "SAD" not in line or line.startswith("1001")]
    (crema / "train.csv").write_text("\n".join(only))
    with pytest.raises(ValueError, match="train: no clip of class SAD"):
        crema_d(crema)


def test_sources():
    assert actor("1041_TIE_NEU_XX") == "1041"
    assert group("v_Archery_g08_c02") == "v_Archery_g08"
    assert video("_4_1iudwT-U_49") == "_4_1iudwT-U"
    assert video("-A_b2345678_000010_000020") == "-A_b2345678"
    assert video("drum7") == "drum7"


@pytest.mark.parametrize("name", ["crema", "kinetics", "ucf"])
def test_no_source_is_in_two_splits(request, pristine, kinetics, ucf, name):
    source, corpus = {
        "crema": (actor, lambda: crema_d(pristine)),
        "kinetics": (video, lambda: kinetics_sounds(kinetics)),
        "ucf": (group, lambda: ucf_51(ucf)),
    }[name]
    parts = [{source(clip) for clip in names(part)} for part in corpus().parts.values()]
    assert not parts[0] & parts[1]
    assert not (parts[0] | parts[1]) & parts[2]


def test_actors_in_both_lists_are_counted(crema):
    lines = (crema / "train.csv").read_text(encoding="utf-8-sig").splitlines()
    (crema / "train.csv").write_text("\n".join(lines[1:]))
    with (crema / "test.csv").open("a") as file:
        file.write(lines[0] + "\n")
    assert crema_d(crema).settings["shared_sources"] == 1


def test_the_validation_split_has_its_share_of_every_class(tmp_path):
    """91 actors and 12 clips of each class, as in CREMA-D: 10 % of each class, and little more."""
    lines = [f"{1000 + a}_{take}_X,{kind}" for a in range(91) for kind in "abcdef" for take in "xy"]
    unique = [f"{line.split(',')[0]}{i},{line[-1]}" for i, line in enumerate(lines)]
    (tmp_path / "a.csv").write_text("\n".join(unique))
    rows = read_list(tmp_path / "a.csv", "train", actor)
    train, held = hold_out(rows, 0.1, seed=3)
    assert sorted(row.clip for row in train + held) == sorted(row.clip for row in rows)
    counts = Counter(row.kind for row in held)
    assert set(counts) == set("abcdef")
    assert all(0.1 * 182 <= n <= 0.1 * 182 + 2 for n in counts.values())  # one actor more at most


def test_the_splits_depend_on_the_seed_alone(pristine, crema):
    first, again, other = (names(crema_d(pristine, seed=s).validation) for s in (0, 0, 5))
    assert first == again
    assert first != other
    (crema / f"AudioWAV/{first[0]}.wav").unlink()  # what is missing moves no other clip
    with pytest.warns(UserWarning, match="skipped 1 of 48"):
        rest = crema_d(crema, on_error="skip")
    assert names(rest.validation) == first[1:]
    assert names(rest.train) == names(crema_d(pristine).train)


@pytest.mark.parametrize(
    ("dial", "message"),
    [
        ({"frames": 0}, "frames: got 0, expected a whole number of at least 1"),
        ({"size": 0}, "size: got 0, expected a whole number of at least 1"),
        ({"holdout": 1.0}, r"holdout: got 1\.0, expected a share in \(0, 1\)"),
        ({"on_error": "ignore"}, "on_error: got 'ignore', expected one of stop, skip"),
    ],
)
def test_bad_dials(pristine, dial, message):
    with pytest.raises(ValueError, match=message):
        crema_d(pristine, **dial)


def test_bad_ucf_split(ucf):
    with pytest.raises(ValueError, match="split: got 4, expected a whole number from 1 to 3"):
        ucf_51(ucf, split=4)


# --- what is drawn ---


def test_training_is_random_by_seed_epoch_and_row_only(pristine):
    train = crema_d(pristine, size=SIZE).train
    first = everything(train)
    assert_same(everything(train), first)
    assert_same(everything(crema_d(pristine, size=SIZE).train), first)
    order = shuffled(len(train), seed=1, epoch=0)
    mixed = everything(train, order)
    back = np.argsort(order)
    assert_same({name: value[back] for name, value in mixed.items()}, first)
    train.set_epoch(1)
    later = everything(train)
    assert torch.equal(later["audio"], first["audio"])
    assert (later["video"] != first["video"]).flatten(1).any(dim=1).float().mean() > 0.5


def test_test_clips_are_the_same_in_every_epoch(pristine):
    test = crema_d(pristine, size=SIZE).test
    first = everything(test)
    test.set_epoch(1)
    assert_same(everything(test), first)
    middle = first["video"][:, 0, 0, 0, 0] * 0.229 + 0.485
    # the middle one of three frames, whose grey is 100; JPEG is lossy
    torch.testing.assert_close(middle, torch.full((12,), 100 / 255), rtol=0, atol=2 / 255)


def test_workers_read_the_same_batches(pristine):
    train = crema_d(pristine, size=SIZE).train
    train.set_epoch(3)
    assert_same(everything(train, workers=2), everything(train))


# --- what is missing or damaged ---


def damage(root, name):
    """The files of one clip made unreadable or removed."""
    wav, folder = root / f"AudioWAV/{CLIP}.wav", root / f"Image-01-FPS/{CLIP}"
    match name:
        case "no wav":
            wav.unlink()
        case "no frames":
            shutil.rmtree(folder)
        case "cut wav":
            wav.write_bytes(wav.read_bytes()[:1000])
        case "cut jpg":
            jpg = folder / "00130.jpg"
            jpg.write_bytes(jpg.read_bytes()[:300])
        case "empty folder":
            shutil.rmtree(folder)
            folder.mkdir()
    return root


MISSING, DAMAGED = ("no wav", "no frames"), ("cut wav", "cut jpg", "empty folder")


@pytest.mark.parametrize("name", MISSING)
def test_stop_at_a_missing_file_before_anything_is_read(crema, name):
    with pytest.raises(MediaError, match=rf"1 of 48 clips: {CLIP} is missing.*on_error='skip'"):
        crema_d(damage(crema, name))


@pytest.mark.parametrize(("name", "workers"), [*((name, 0) for name in DAMAGED), ("cut jpg", 2)])
def test_stop_at_a_damaged_file_when_it_is_read(crema, name, workers):
    corpus = crema_d(damage(crema, name), size=SIZE, frames=3)
    part = next(part for part in corpus.parts.values() if CLIP in names(part))
    part.augment = False  # all three frames are seen
    with pytest.raises(MediaError, match=rf"{CLIP}.*damaged.*on_error='skip'"):
        everything(part, workers=workers)


@pytest.mark.parametrize("name", MISSING + DAMAGED)
def test_skip_leaves_the_clip_out_and_says_so(crema, name):
    damage(crema, name)
    with pytest.warns(UserWarning, match=f"skipped 1 of 48 clips: .*{CLIP}"):
        corpus = crema_d(crema, size=SIZE, on_error="skip")
    assert sum(len(part) for part in corpus.parts.values()) == 47
    (reason,) = [reason for part in corpus.parts.values() for reason in part.skipped]
    assert CLIP in reason
    assert sum(corpus.settings["skipped"].values()) == 1
    for part in corpus.parts.values():
        assert CLIP not in names(part)
        everything(part)


def test_what_was_opened_is_not_opened_again(crema, monkeypatch):
    damage(crema, "cut wav")
    with pytest.warns(UserWarning, match="skipped 1 of 48"):
        crema_d(crema, on_error="skip")
    opened = []
    check = "rgm_torch.data.readers.sound.LogSpectrogram.check"
    monkeypatch.setattr(check, lambda self, files: opened.append(files[0].stem))
    with pytest.warns(UserWarning, match="skipped 1 of 48"):
        crema_d(crema, on_error="skip")
    assert opened == []
    good = crema / "AudioWAV/1001_IEO_SAD_XX.wav"
    shutil.copy(good, crema / f"AudioWAV/{CLIP}.wav")  # mended: other size, other time
    crema_d(crema, on_error="skip")
    assert opened == [CLIP]


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff"])
def test_an_index_that_is_none_is_made_anew(crema, kept, caplog, content):
    crema_d(crema, on_error="skip")
    (index,) = kept.iterdir()
    whole = index.read_text()
    index.write_bytes(content)
    crema_d(crema, on_error="skip")
    assert "cannot be read" in caplog.text
    assert index.read_text() == whole


def test_an_index_that_cannot_be_kept_stops_nothing(crema, kept, caplog, monkeypatch):
    kept.write_text("a file where the folder should be")
    assert len(crema_d(crema, on_error="skip").train) == 24
    assert "cannot be written" in caplog.text
    monkeypatch.setenv("RGM_CACHE", "")
    assert len(crema_d(crema, on_error="skip").train) == 24


def test_nothing_is_left(crema):
    shutil.rmtree(crema / "AudioWAV")
    with pytest.raises(MediaError, match=r"nothing is left to read: 48 of 48 .* and 43 more"):
        crema_d(crema, on_error="skip")


def test_no_such_folder_and_no_such_list(crema):
    with pytest.raises(MediaError, match=r"root: .*nowhere is not a folder"):
        crema_d(crema / "nowhere")
    (crema / "test.csv").unlink()
    with pytest.raises(MediaError, match=r"none of test\.csv below"):
        crema_d(crema)


def test_the_names_of_the_readers():
    assert list(READERS) == ["crema-d", "kinetics-sounds", "ucf-101", "ucf-51"]
