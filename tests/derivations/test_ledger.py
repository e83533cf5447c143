"""Every claim of the ledger is complete, gives its recorded verdict, and reads as a page."""

import inspect
import pkgutil
import re

import pytest

import rgm_ref
from derivations import REGISTRY
from derivations.ledger import record, run
from derivations.ledger.report import math

CLAIMS = sorted(REGISTRY)
KNOWN = record.recorded()


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_claim_gives_its_recorded_verdict(claim_id):
    result = run(REGISTRY[claim_id])
    assert result.error == ""
    assert {"verdict": result.verdict, "evidence": result.evidence} == KNOWN[claim_id]
    for step in (*result.steps, *result.refutation):
        assert step.text.strip()
        if step.latex:
            assert "<math" in math(step.latex)


def test_nothing_is_recorded_that_no_longer_exists():
    assert set(KNOWN) == set(REGISTRY)


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_claim_has_all_its_parts(claim_id):
    claim = REGISTRY[claim_id]
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", claim.id)
    assert claim.place
    assert claim.title.strip()
    assert "\\" not in claim.title, "a title is a plain sentence"
    for latex in filter(None, (claim.statement, claim.condition, claim.corrected)):
        assert "<math" in math(latex)
    assert claim.proofs or claim.refutations or claim.searches or claim.observations
    if KNOWN[claim_id]["verdict"] == "fails" and claim.corrected:
        settled = claim.proofs or KNOWN[claim_id]["evidence"] == "observed"
        assert settled, "a correction is proved or observed, not asserted"
    for leg in claim.legs:
        assert leg.formula.twins or leg in claim.searches, f"{leg.formula.name} has no wrong twin"
        assert leg.because.strip()
        assert 0 <= leg.tolerance < 0.1


def test_dependencies_exist_and_have_no_cycle():
    done: set[str] = set()

    def visit(claim_id, path):
        assert claim_id in REGISTRY, f"{path[-1]} depends on {claim_id}, which does not exist"
        assert claim_id not in path, f"cycle {path}"
        if claim_id not in done:
            for other in REGISTRY[claim_id].depends:
                visit(other, (*path, claim_id))
            done.add(claim_id)

    for claim_id in REGISTRY:
        visit(claim_id, ())
    assert done == set(REGISTRY)


def test_claims_named_in_docstrings_exist():
    named = set()
    for module in pkgutil.iter_modules(rgm_ref.__path__):
        source = inspect.getsource(__import__(f"rgm_ref.{module.name}", fromlist=["_"]))
        for phrase in re.findall(r"claims? ((?:[a-z]+-[a-z0-9-]+(?:,? and |, )?)+)", source):
            named |= set(re.findall(r"[a-z]+-[a-z0-9-]+", phrase))
    assert named, "the pattern finds nothing"
    assert named <= set(REGISTRY), f"unknown claims: {sorted(named - set(REGISTRY))}"
