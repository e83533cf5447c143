"""What a fresh process builds and imports: the same corpora, and none of the extras."""

import json
import os
import subprocess
import sys

import pytest

from rgm_torch.data import load
from tests.torch.data_digest import digest

SMALL = {"train": 60, "validation": 20, "test": 40}
CORPORA = {
    "av-digits": SMALL,
    "bounce-av": SMALL
    | {"modalities": ["audio", "video", "touch"], "conflict": 0.3, "miss_a": 0.2, "distract": 1},
}
EXTRAS = ["matplotlib", "PIL", "av", "transformers", "lightning", "torchjd", "sklearn"]
CODE = """
import json, sys
from rgm_torch.data import load
from tests.torch.data_digest import digest
corpora, extras = json.loads(sys.argv[1])
digests = {name: digest(load(name, **dials)) for name, dials in corpora.items()}
print(json.dumps([digests, [name for name in extras if name in sys.modules]]))
"""


@pytest.fixture(scope="module")
def elsewhere() -> list:
    """Digests by corpus, and the extras that were imported, of one other process."""
    run = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps([CORPORA, EXTRAS])],
        env={**os.environ, "RGM_CACHE": "", "PYTHONHASHSEED": "random"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


@pytest.mark.parametrize("name", CORPORA)
def test_every_process_builds_the_same(elsewhere: list, monkeypatch, name: str) -> None:
    monkeypatch.setenv("RGM_CACHE", "")
    assert elsewhere[0][name] == digest(load(name, **CORPORA[name]))


def test_the_data_need_no_extra(elsewhere: list) -> None:
    assert elsewhere[1] == []
