"""The factory uvicorn calls: `uvicorn fotograma_worker.main:worker --factory`."""

from fastapi import FastAPI

from fotograma_worker.app import create_worker
from fotograma_worker.decoding.engines import PYAV
from fotograma_worker.decoding.processes import ForkServer
from fotograma_worker.settings import WorkerSettings


def worker() -> FastAPI:
    """The worker, configured from the environment."""
    fork_server = ForkServer(PYAV.module)
    fork_server.start()  # before anything secret is in this process
    return create_worker(WorkerSettings(), fork_server)
