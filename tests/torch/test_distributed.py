"""Two processes with half a batch each train as one process does with all of it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist

from tests.torch import distributed_worker

# Sums over samples are taken in another order: float64 rounding, through four steps.
CLOSE = {"rtol": 1e-9, "atol": 1e-12}
REPOSITORY = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not (dist.is_available() and dist.is_gloo_available()), reason="torch was built without gloo"
)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> list[dict]:
    """What two processes say, each about all cases."""
    folder = tmp_path_factory.mktemp("distributed")
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    files = [folder / f"{rank}.pt" for rank in range(2)]
    workers = [
        subprocess.Popen(
            [sys.executable, distributed_worker.__file__, str(rank), "2", folder / "store", file],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for rank, file in enumerate(files)
    ]  # fmt: skip
    try:
        said = [worker.communicate(timeout=120)[0] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    assert [worker.returncode for worker in workers] == [0, 0], "\n".join(said)
    return [torch.load(file) for file in files]


@pytest.fixture(scope="module")
def alone() -> dict:
    """What one process says."""
    return {case: distributed_worker.run(0, 1, case) for case in distributed_worker.CASES}


each_case = pytest.mark.parametrize("case", distributed_worker.CASES)


@each_case
def test_weights_and_energies_are_those_of_one_process(results, alone, case):
    expected = alone[case]["state"]
    for result in results:
        for name, value in result[case]["state"].items():
            if not name.endswith("_extra_state"):
                np.testing.assert_allclose(value, expected[name], **CLOSE, err_msg=name)


@each_case
def test_recorded_rows_are_those_of_the_global_batch(results, alone, case):
    for result in results:
        for name, column in result[case]["record"].items():
            expected = alone[case]["record"][name]
            np.testing.assert_allclose(column, expected, **CLOSE, err_msg=name)


@each_case
def test_all_processes_agree_to_the_last_bit(results, case):
    """Or their weights would drift apart, as each applies its own matrices."""
    first, second = (result[case] for result in results)
    assert all(
        torch.equal(first["record"][name], second["record"][name]) for name in first["record"]
    )
    for name, value in first["state"].items():
        if "sample_recorder" not in name:
            assert torch.equal(value, second["state"][name]), name


def test_rows_of_samples_are_each_processs_own(results, alone):
    """Four steps of four samples each."""
    together = torch.stack([result["sample-raw"]["samples"].reshape(4, 4) for result in results])
    expected = alone["sample-raw"]["samples"].reshape(2, 8)  # sixteen rows are kept
    np.testing.assert_allclose(together.movedim(0, 1)[2:].reshape(2, 8), expected, **CLOSE)
