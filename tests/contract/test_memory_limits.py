"""The limit of a worker's container holds a decoder for each slot, and the worker beside them."""

from collections.abc import Mapping

import pytest
from fixtures.compose import services
from fixtures.kubernetes import OVERLAYS, main, overlay
from fotograma_worker.decoding.memory import children_at_once
from fotograma_worker.settings import MIB, WorkerSettings

UNITS = {"m": MIB, "g": 1024 * MIB, "Mi": MIB, "Gi": 1024 * MIB}


def size(written: str) -> int:
    """Bytes of `5g` or `5Gi`."""
    number = written.rstrip("MGmgi")
    return int(number) * UNITS[written[len(number) :]]


def check(environment: Mapping[str, str], limit: str) -> None:
    """With the settings that the environment gives, or else the defaults."""

    def setting(name: str) -> int:
        return int(environment.get(name.upper(), WorkerSettings.model_fields[name].default))

    lanes = ("plan", "segment", "short_segment")
    slots = sum(setting(f"worker_{lane}_slots") for lane in lanes)
    assert slots
    assert children_at_once(size(limit), setting("worker_decoder_memory_bytes")) >= slots


def test_compose_gives_a_worker_memory_for_all_slots() -> None:
    worker = services()["worker"]
    environment = {name: str(value) for name, value in worker["environment"].items()}
    check(environment, worker["mem_limit"])


@pytest.mark.parametrize("name", OVERLAYS)
def test_kubernetes_gives_a_worker_memory_for_all_slots(name: str) -> None:
    of = overlay(name)
    container = main(of.by_name["Deployment", "worker"])
    check(of.environment(container), container["resources"]["limits"]["memory"])
