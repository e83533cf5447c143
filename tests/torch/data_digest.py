"""The digest of a corpus, to compare two builds of it."""

import hashlib

from rgm_torch.data import Corpus


def digest(corpus: Corpus) -> str:
    """SHA-256 of all inputs, labels and facts."""
    found = hashlib.sha256()
    for part in corpus.parts.values():
        for table in (part.inputs, {"labels": part.labels}, part.facts):
            for name, value in table.items():
                found.update(name.encode() + value.numpy().tobytes())
    return found.hexdigest()
