"""Shared by the torch tests: one thread, so that bits repeat, and no file in the user's cache."""

import os

import pytest
import torch

torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"  # for the processes that tests start


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """A cache folder that lives as long as the tests."""
    before = os.environ.get("RGM_CACHE")
    os.environ["RGM_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    del os.environ["RGM_CACHE"]
    if before is not None:
        os.environ["RGM_CACHE"] = before
