"""What a corpus holds, in words: behind `python -m rgm_torch data`."""

import torch

from rgm_torch.data.batch import Clips, Corpus
from rgm_torch.data.bounce_distance import accuracies
from rgm_torch.data.bounce_labels import MOST, atoms, ceilings


def describe(corpus: Corpus) -> str:
    """Modalities, classes, the parts and how even they are, the dials; then what is special."""
    shapes = [f"{name} {shape}" for name, shape in corpus.shapes.items()]
    lines = [corpus.name, f"  inputs   {', '.join(shapes)}"]
    lines.append(f"  classes  {len(corpus.classes)}: {', '.join(corpus.classes)}")
    lines += ["", f"  {'part':<12}{'clips':>7}{'per class':>14}{'in memory':>13}"]
    lines += [_part(name, dataset, len(corpus.classes)) for name, dataset in corpus.parts.items()]
    lines += ["", "  dials    " + ", ".join(f"{k}={v}" for k, v in corpus.settings.items())]
    special = {"av-digits": _sources, "bounce-av": _information}
    if corpus.name in special:
        lines += ["", *special[corpus.name](corpus)]
    return "\n".join(lines)


def _part(name: str, dataset, classes: int) -> str:
    """A line on one part."""
    count = torch.bincount(torch.as_tensor(dataset.labels), minlength=classes)
    least, most = int(count.min()), int(count.max())
    even = f"{least}" if least == most else f"{least} to {most}"
    size = "on disk"
    if isinstance(dataset, Clips):
        size = f"{sum(x.nbytes for x in dataset.inputs.values()) / 1e6:.0f} MB"
    return f"  {name:<12}{len(dataset):>7}{even:>14}{size:>13}"


def _sources(corpus: Corpus) -> list[str]:
    """How many recordings and images the parts of AV-Digits were made of; none is in two."""
    lines = []
    for name in ("recording", "image"):
        used = [set(dataset.facts[name].tolist()) for dataset in corpus.parts.values()]
        sizes = ", ".join(f"{len(u)} {part}" for part, u in zip(corpus.parts, used, strict=True))
        shared = sum(map(len, used)) - len(set().union(*used))
        lines.append(f"  {name + 's':<12}{sizes}; in two parts: {shared}")
    return [*lines, "  Pairs are made by class; the six speakers are in all parts."]


def _information(corpus: Corpus) -> list[str]:
    """What each modality of BounceAV knows about the label, before any noise."""
    settings = corpus.settings
    bits = atoms(*(settings[name] for name in MOST))
    best = ceilings(settings)
    lines = ["  bits     " + ", ".join(f"{name} {value:.3g}" for name, value in bits.items())]
    lines.append("  ceilings " + ", ".join(f"{name} {best[name]:.1%}" for name in best))
    if settings["nd"] > 1:
        lines.append(f"  (audio and video together {accuracies(settings['nd'])['both']:.1%})")
    if settings["conflict"] or settings["miss_a"] or settings["miss_v"]:
        lines.append("  (the bits are those without conflict and with nothing missing)")
    return lines
