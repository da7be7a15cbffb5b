"""Ports of the embedded stack."""

import socket
from pathlib import Path

from fotograma_local.ports import HOST, PortBook, answers, free_ports, is_free


def test_free_ports_differ_and_lie_below_those_of_outgoing_connections() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert max(ports) < 32_768


def test_port_that_is_listened_on_is_not_free() -> None:
    (port,) = free_ports(1)
    assert not answers(port)
    with socket.create_server((HOST, port)):
        assert not is_free(port)
        assert answers(port)
    assert is_free(port)


def test_port_book_remembers_assigned_ports(tmp_path: Path) -> None:
    first = PortBook(tmp_path / "ports.json").assign(["a", "b"])
    second = PortBook(tmp_path / "ports.json").assign(["b", "c"])
    third = PortBook(tmp_path / "ports.json").assign(["a", "b", "c"])
    assert second["b"] == first["b"]
    assert third == first | second
    assert len(set(third.values())) == 3


def test_port_book_replaces_only_taken_ports(tmp_path: Path) -> None:
    book = PortBook(tmp_path / "ports.json")
    before = book.assign(["a", "b"])
    with socket.create_server((HOST, before["a"])):
        after = book.assign(["a", "b"])
    assert after["a"] != before["a"]
    assert after["b"] == before["b"]
    assert book.assign(["a"]) == {"a": after["a"]}
