"""`verify` tells the truth by its exit status, and its report stands alone."""

import json
import re

import pytest

from derivations import REGISTRY, __main__
from derivations.ledger import Claim, record
from derivations.ledger.twins import survivors

ONE = "orth-denominator"


@pytest.fixture
def verify(tmp_path, capsys):
    """Run `verify` on some claims: exit status, what it printed, the report folder."""

    def call(*arguments):
        status = __main__.main(["verify", "--jobs", "1", "--report", str(tmp_path), *arguments])
        return status, capsys.readouterr().out, tmp_path

    return call


def test_verify_succeeds_and_writes_a_page_that_stands_alone(verify):
    status, out, folder = verify("--only", ONE, "--fast")
    assert status == 0, out
    assert ONE in out
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "<math" in page
    assert not re.search(r"""(src|href)=["'](?!#)""", page), "the page asks for another file"
    assert not re.search(r"url\(|@import|fetch\(", page)
    content = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
    assert [entry["id"] for entry in content["claims"]] == [ONE]
    assert content["kill_matrix"]


def test_a_changed_verdict_is_named_and_gives_status_one(verify, monkeypatch):
    monkeypatch.setattr(
        record, "recorded", lambda: {ONE: {"verdict": "holds", "evidence": "proved"}}
    )
    status, out, _ = verify("--only", ONE, "--fast")
    assert status == 1
    assert f"{ONE}: recorded holds (proved), now fails" in " ".join(out.split())


def test_a_crash_is_named_and_gives_status_one(verify, monkeypatch):
    def boom(proof):
        raise ZeroDivisionError("on purpose")

    broken = Claim("test-broken", "nowhere", "a broken check", "x")
    try:
        broken.proof(boom)
        monkeypatch.setattr(
            __main__, "run_all", lambda ids, *_, **__: [__main__.run(REGISTRY[i]) for i in ids]
        )
        status, out, _ = verify("--only", "test-broken", "--fast")
    finally:
        del REGISTRY["test-broken"]
    assert status == 1
    assert "test-broken: the check crashed: ZeroDivisionError: on purpose" in " ".join(out.split())


def test_an_unknown_claim_is_named(verify):
    with pytest.raises(SystemExit, match="no-such-claim"):
        verify("--only", "no-such-claim")


def test_list_names_every_claim(verify):
    status, out, _ = verify("--list")
    assert status == 0
    assert all(claim_id in out for claim_id in REGISTRY)


def test_show_reads_as_a_derivation(capsys):
    assert __main__.main(["show", ONE]) == 0
    out = capsys.readouterr().out
    for part in ("Stated", "True instead", "Proof", "1. ", "Counterexample", "twin killed"):
        assert part in out


def test_every_twin_is_rejected_by_some_check():
    from derivations.ledger import run

    with_twins = [claim for claim in REGISTRY.values() if claim.legs]
    assert survivors([run(claim, fast=True) for claim in with_twins]) == []
