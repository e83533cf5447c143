"""UCF-101 and its subset with sound, UCF-51: actions as frames and as optical flow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rgm_torch.data._checks import whole
from rgm_torch.data.batch import Corpus
from rgm_torch.data.readers.assemble import Layout, assemble, read_lists, videos
from rgm_torch.data.readers.files import Reader
from rgm_torch.data.readers.find import Places
from rgm_torch.data.readers.pictures import Flow, Frames

_NAMES_51 = """
    ApplyEyeMakeup ApplyLipstick Archery BabyCrawling BalanceBeam BandMarching BasketballDunk
    BlowDryHair BlowingCandles BodyWeightSquats Bowling BoxingPunchingBag BoxingSpeedBag
    BrushingTeeth CliffDiving CricketBowling CricketShot CuttingInKitchen FieldHockeyPenalty
    FloorGymnastics FrisbeeCatch FrontCrawl Haircut HammerThrow Hammering HandstandPushups
    HandstandWalking HeadMassage IceDancing Knitting LongJump MoppingFloor ParallelBars PlayingCello
    PlayingDaf PlayingDhol PlayingFlute PlayingSitar Rafting ShavingBeard Shotput SkyDiving
    SoccerPenalty StillRings SumoWrestling Surfing TableTennisShot Typing UnevenBars WallPushups
    WritingOnBoard
"""
CLASSES_51 = tuple(_NAMES_51.split())
"""The classes whose clips have sound: those that UCF-101 added to the older UCF50."""

PLACES: dict[str, Places] = {
    "video": [
        ("jpegs_256/{clip}",),
        ("rgb/{clip}",),
        ("rawframes/{kind}/{clip}/img_*",),
        *videos("UCF-101/{kind}/{clip}", "{kind}/{clip}"),
    ],
    "flow": [
        ("tvl1_flow/u/{clip}", "tvl1_flow/v/{clip}"),
        ("flow_x/{clip}", "flow_y/{clip}"),
        ("rawframes/{kind}/{clip}/flow_x_*", "rawframes/{kind}/{clip}/flow_y_*"),
    ],
}


def ucf_101(
    root: str | Path,
    *,
    split: int = 1,
    seed: int = 0,
    frames: int = 3,
    size: int = 224,
    holdout: float = 0.1,
    on_error: str = "stop",
    layout: Layout | None = None,
) -> Corpus:
    """UCF-101: 13 320 clips in 101 actions, RGB frames and optical flow.

    Below the root: classInd.txt, trainlist01.txt, testlist01.txt (or 02, 03: `split`), as they come
    or in ucfTrainTestlist/; frames in jpegs_256/<clip>/, rgb/<clip>/ or rawframes/<class>/<clip>/,
    or the videos in UCF-101/<class>/; flow, extracted beforehand, in tvl1_flow/u and /v, flow_x and
    flow_y, or beside the frames as flow_x_00001.jpg, flow_y_00001.jpg; `layout` as in `crema_d`,
    {"flow": ["u/{clip}", "v/{clip}"]}. The validation split comes out of the training list by
    group: the clips of a group are cut from one video.
    Shapes: video (frames, 3, size, size), flow (frames, 2, size, size).
    Raises: as `crema_d`.
    Source: the official lists; BalanceBenchmark's loader for the rest: one picture from each third,
    a flip but no crop in training. It counts on six frames per clip; here they may be any number.
    """
    dials = dict(seed=seed, frames=frames, size=size, holdout=holdout, on_error=on_error)
    return _ucf("ucf-101", None, root, layout, split=split, **dials)


def ucf_51(
    root: str | Path,
    *,
    split: int = 1,
    seed: int = 0,
    frames: int = 3,
    size: int = 224,
    holdout: float = 0.1,
    on_error: str = "stop",
    layout: Layout | None = None,
) -> Corpus:
    """UCF-51: the clips of UCF-101 in the classes that have sound; read as RGB frames and flow.

    Files, shapes and errors as in `ucf_101`.
    Source: the class list of GeWu-Lab's cross-modal distillation code, which is UCF-101 without the
    50 classes of UCF50. (The RGM paper reports 5466 + 1379 clips of "the official split": a
    test part of 20 %, where the official test lists hold 7 of 25 groups.)
    """
    dials = dict(seed=seed, frames=frames, size=size, holdout=holdout, on_error=on_error)
    return _ucf("ucf-51", CLASSES_51, root, layout, split=split, **dials)


def _ucf(
    name: str,
    classes: Sequence[str] | None,
    root: str | Path,
    layout: Layout | None,
    **dials: Any,
) -> Corpus:
    """The clips of the given classes, or of all in classInd.txt."""
    split, size = whole("split", dials["split"], 1, 3), whole("size", dials["size"], 1)
    names = {"classes": "classInd", "train": f"trainlist0{split}", "test": f"testlist0{split}"}
    lists = {key: [(f"{x}.txt",), (f"ucfTrainTestlist/{x}.txt",)] for key, x in names.items()}
    listed = read_lists(root, {**lists, **PLACES}, layout, group)
    if classes is None:
        (index,) = listed.tree.first(listed.places["classes"])
        classes = [line.split()[-1] for line in index.read_text().splitlines() if line.strip()]
    else:
        listed = listed.of_classes(classes)
    readers: dict[str, Reader] = {"video": Frames(size), "flow": Flow(size)}
    return assemble(name, listed, classes, readers, dials, crop=False)


def group(clip: str) -> str:
    """The video it was cut from: v_Archery_g08 of v_Archery_g08_c02."""
    return clip.rsplit("_c", 1)[0]
