"""Readers for data sets that you have on disk: CREMA-D, Kinetics-Sounds, UCF-101 and UCF-51.

Needs the extra `media` (Pillow, PyAV). Nothing is downloaded.
"""

from collections.abc import Callable

from rgm_torch.data.batch import Corpus
from rgm_torch.data.readers.crema_d import crema_d
from rgm_torch.data.readers.kinetics_sounds import kinetics_sounds
from rgm_torch.data.readers.media import MediaError
from rgm_torch.data.readers.ucf import ucf_51, ucf_101

READERS: dict[str, Callable[..., Corpus]] = {
    "crema-d": crema_d,
    "kinetics-sounds": kinetics_sounds,
    "ucf-101": ucf_101,
    "ucf-51": ucf_51,
}
"""Name of the data set → what builds its corpus."""

__all__ = ["READERS", "MediaError", "crema_d", "kinetics_sounds", "ucf_51", "ucf_101"]
