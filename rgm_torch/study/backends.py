"""Where the runs of a study are sent: processes of this machine, or a cluster, through joblib."""

from collections.abc import Iterator
from contextlib import contextmanager

import joblib

from rgm_torch.training import Mistake


@contextmanager
def workers(jobs: int, backend: str, address: str | None) -> Iterator[None]:
    """Where joblib sends the runs within this block: "loky" processes, "dask" or "ray".

    On a cluster `jobs` says nothing: all its workers take part, and the study's folder must be at
    the same path for all of them.
    Raises: ImportError that names what to install, OSError for a cluster that does not answer,
    Mistake for one that cannot be used.
    """
    clusters = {"dask": dask, "ray": ray}
    if backend in clusters:
        with clusters[backend](address):
            yield
    else:
        with joblib.parallel_config(backend, n_jobs=jobs):
            yield


@contextmanager
def dask(address: str | None) -> Iterator[None]:
    """The workers of a Dask cluster, one thread each: torch's random numbers are the process's."""
    try:
        from distributed import Client
    except ImportError:
        raise ImportError('Dask is not installed: pip install "rgm-course[cluster]"') from None
    if address is None:
        raise Mistake("--address: none given, expected that of a Dask scheduler, host:port")
    with Client(address) as client:
        if any(threads > 1 for threads in client.nthreads().values()):
            raise Mistake("Dask workers: some have several threads; start them with --nthreads 1")
        with joblib.parallel_config("dask"):
            yield


@contextmanager
def ray(address: str | None) -> Iterator[None]:
    """The workers of a Ray cluster, or a new local one. Untested: follows Ray's documentation."""
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise ImportError("Ray is not installed: pip install ray") from None
    ray.init(address=address)  # Ray ends with the process
    register_ray()
    with joblib.parallel_config("ray", n_jobs=-1):
        yield
