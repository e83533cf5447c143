"""The heard half of a clip: a wav file, or the sound of a video, as a spectrogram."""

import struct
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
import torch
from scipy.io import wavfile
from scipy.signal import get_window, resample_poly
from torch import Tensor

from rgm_torch.data.readers.media import damaged, optional
from rgm_torch.data.readers.pictures import View

Array = np.ndarray


@dataclass(frozen=True)
class LogSpectrogram:
    """Log magnitude of a short-time Fourier transform, log(|S_ft| + 10⁻⁷).

    S_ft = Σ_n w_n x[t·hop + n − window/2] e^(−2πi fn/window), w the periodic Hann window, x zero
    outside the clip. A sound is repeated until it fills `seconds`, cut there, and clipped to ±1.
    Shapes: (1, window/2 + 1, 1 + seconds·rate/hop), float32: (1, 257, 188) by default.
    Source: the CREMA-D loader of OGM-GE's code (22 050 Hz, 3 s, window 512, hop 353, librosa's
    stft). Its older script for scipy's spectrogram has an *overlap* of 353, a hop of 159.
    """

    rate: int = 22050
    seconds: float = 3.0
    window: int = 512
    hop: int = 353

    def __call__(self, files: tuple[Path, ...], view: View) -> Tensor:
        return self.of_wave(read_sound(files[0], self.rate))

    def of_wave(self, wave: Array) -> Tensor:
        """The spectrogram of samples at `rate`."""
        wave = np.resize(wave, round(self.seconds * self.rate)).clip(-1, 1)
        padded = np.pad(wave, self.window // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, self.window)[:: self.hop]
        spectrum = np.fft.rfft(frames * get_window("hann", self.window))
        return torch.from_numpy(np.log(np.abs(spectrum).T + 1e-7).astype(np.float32))[None]

    def check(self, files: tuple[Path, ...]) -> None:
        """Read the whole file. Raises: MediaError where it is damaged."""
        read_sound(files[0], self.rate)


@dataclass(frozen=True)
class FilterBank:
    """Log energies of triangular mel filters, as Kaldi computes them, (log E − mean) / (2 std).

    Windows of 25 ms every 10 ms: mean removed, pre-emphasis y_n = x_n − 0.97 x_{n−1}, symmetric
    Hann window, power spectrum over the next power of two, `bands` triangles on the scale
    1127 ln(1 + f/700) from 20 Hz to rate/2. Cut or filled with rows log E = 0 to `frames`.
    Shapes: (1, bands, frames), float32. The source has time first; here frequency is first, as in
    `LogSpectrogram`.
    Source: data/KineticSound/process_audio.py of OGM-GE's code: 128 bands, 1024 frames, mean
    −4.503877, std 5.141276. QueRo and BalanceBenchmark train on what it makes.
    """

    rate: int = 16000
    bands: int = 128
    frames: int = 1024
    mean: float = -4.503877
    std: float = 5.141276

    def __call__(self, files: tuple[Path, ...], view: View) -> Tensor:
        return self.of_wave(read_sound(files[0], self.rate))

    def of_wave(self, wave: Array) -> Tensor:
        """The filter bank of samples at `rate`."""
        width, hop = self.rate // 40, self.rate // 100
        wave = np.pad(wave - wave.mean(), (0, max(0, width - len(wave))))
        rows = np.lib.stride_tricks.sliding_window_view(wave, width)[::hop][: self.frames]
        rows = rows - rows.mean(axis=1, keepdims=True)
        rows = rows - 0.97 * np.concatenate([rows[:, :1], rows[:, :-1]], axis=1)
        size = 1 << (width - 1).bit_length()
        power = np.abs(np.fft.rfft(rows * np.hanning(width), size)) ** 2
        energy = np.log((power @ self._triangles(size).T).clip(np.finfo(np.float32).eps))
        energy = np.pad(energy, ((0, self.frames - len(energy)), (0, 0)))
        scaled = (energy - self.mean) / (2 * self.std)
        return torch.from_numpy(scaled.T.astype(np.float32))[None]

    def _triangles(self, size: int) -> Array:
        """Filters (bands, size/2 + 1), each rising from its left neighbour's peak to its own."""
        mel = 1127 * np.log1p(np.fft.rfftfreq(size, 1 / self.rate) / 700)
        low, high = 1127 * np.log1p(20 / 700), 1127 * np.log1p(self.rate / 1400)
        peaks = np.linspace(low, high, self.bands + 2)
        height = (mel - peaks[:-1, None]) / (peaks[1] - peaks[0])
        rising, falling = height[:-1], 1 - height[1:]
        return np.minimum(rising, falling).clip(0)

    def check(self, files: tuple[Path, ...]) -> None:
        """Read the whole file. Raises: MediaError where it is damaged."""
        read_sound(files[0], self.rate)


def read_sound(path: Path, rate: int) -> Array:
    """The sound of a wav or video file: one channel (their mean), full scale ±1, at `rate` Hz.

    Resampled with scipy's polyphase filter; librosa's and torchaudio's differ in the last digits.
    Raises: MediaError for a damaged file and for one without sound.
    """
    wave, recorded = _read_wav(path) if path.suffix.lower() == ".wav" else _read_track(path)
    if not len(wave) or not np.isfinite(wave).all():
        raise damaged(path, "no samples" if not len(wave) else "samples that are not finite")
    common = gcd(rate, recorded)
    return resample_poly(wave, rate // common, recorded // common)


def _read_wav(path: Path) -> tuple[Array, int]:
    """Samples (n,) in ±1 and their rate."""
    try:
        with path.open("rb") as file:
            _, announced = struct.unpack("<4sI", file.read(8))
        if path.stat().st_size < announced + 8:  # scipy reads what there is, with a warning
            raise ValueError(f"{path.stat().st_size} of {announced + 8} bytes")
        rate, samples = wavfile.read(path)
    except (OSError, ValueError, struct.error) as error:
        raise damaged(path, error) from error
    if samples.dtype == np.uint8:  # 8-bit wavs alone are unsigned, 128 is silence
        samples = (samples.astype(np.int16) - 128) * 256
    scale = 1.0 if samples.dtype.kind == "f" else 1.0 + np.iinfo(samples.dtype).max
    return np.atleast_2d(samples.T).mean(axis=0) / scale, rate


def _read_track(path: Path) -> tuple[Array, int]:
    """The sound track of a video: samples (n,) and their rate."""
    av = optional("av")
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise damaged(path, "a video without sound")
            rate = container.streams.audio[0].rate
            mono = av.AudioResampler(format="fltp", layout="mono", rate=rate)
            frames = [f for frame in container.decode(audio=0) for f in mono.resample(frame)]
            frames += mono.resample(None)
    except av.error.FFmpegError as error:
        raise damaged(path, error) from error
    chunks = [frame.to_ndarray()[0] for frame in frames]
    return np.concatenate(chunks or [np.zeros(0)]).astype(float), rate
