"""CREMA-D: actors who say a sentence with a feeling, heard and seen."""

from pathlib import Path

from rgm_torch.data._checks import whole
from rgm_torch.data.batch import Corpus
from rgm_torch.data.readers.assemble import Layout, assemble, read_lists, videos
from rgm_torch.data.readers.files import Reader
from rgm_torch.data.readers.find import Places
from rgm_torch.data.readers.pictures import Frames
from rgm_torch.data.readers.sound import LogSpectrogram

EMOTIONS = ("NEU", "HAP", "SAD", "FEA", "DIS", "ANG")
PLACES: dict[str, Places] = {
    "train": [("train.csv",)],
    "test": [("test.csv",)],
    "audio": [("AudioWAV/{clip}.wav",), ("audio/{clip}.wav",), *videos("VideoFlash/{clip}")],
    "video": [("Image-01-FPS/{clip}",), ("visual/{clip}",), *videos("VideoFlash/{clip}")],
}


def crema_d(
    root: str | Path,
    *,
    seed: int = 0,
    frames: int = 1,
    size: int = 224,
    holdout: float = 0.1,
    on_error: str = "stop",
    layout: Layout | None = None,
) -> Corpus:
    """CREMA-D: 7442 clips of 91 actors in six emotions, audio and video.

    Below the root: train.csv and test.csv (lines `1041_TIE_NEU_XX,NEU`), AudioWAV/<clip>.wav, and
    Image-01-FPS/<clip>/00000.jpg … or VideoFlash/<clip>.flv. `layout` names other places:
    {"audio": "wav/{clip}.wav"}. The validation split comes out of the training list by actor. The
    family's *test* list is drawn by clip: its actors are in the training list too, as many as
    `settings["shared_sources"]`.
    Shapes: audio (1, 257, 188), video (frames, 3, size, size).
    Raises: ValueError for bad options or lists; MediaError, a ValueError, for bad files.
    Source: lists and loader of OGM-GE's code (one frame of those at 1 per second; random crop and
    flip in training). That loader draws the number of a frame, in the test too, and then reads
    another: the first that the file system lists. (InfoReg's reads the one it drew.) Here it is
    the middle one in the test and a random one in training.
    """
    dials = dict(seed=seed, frames=frames, size=size, holdout=holdout, on_error=on_error)
    seen = Frames(whole("size", size, 1))
    readers: dict[str, Reader] = {"audio": LogSpectrogram(), "video": seen}
    listed = read_lists(root, PLACES, layout, actor)
    return assemble("crema-d", listed, EMOTIONS, readers, dials, crop=True)


def actor(clip: str) -> str:
    """Who speaks: the four digits before the sentence, 1041 of 1041_TIE_NEU_XX."""
    return clip.split("_")[0]
