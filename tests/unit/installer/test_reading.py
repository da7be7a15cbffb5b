"""config/fotograma.yaml: what stands for all, what differs, and where a mistake is."""

from pathlib import Path

import pytest
from fixtures.installer import EXAMPLE, decided
from fotograma_installer.decisions import Environment, Size
from fotograma_installer.reading import WrongDecisions, read_environment, read_environments


def complaint(path: Path) -> str:
    with pytest.raises(WrongDecisions) as raised:
        read_environments(path)
    return str(raised.value)


def line_of(path: Path, text: str) -> int:
    lines = enumerate(path.read_text().splitlines(), 1)
    return next(n for n, line in lines if text in line and not line.startswith("#"))


def test_example_decides_everything_for_each_environment() -> None:
    found = read_environments(EXAMPLE)
    assert list(found) == ["prod", "staging", "dev"]
    assert {name: each.size for name, each in found.items()} == {
        "prod": Size.MEDIUM,
        "staging": Size.SMALL,
        "dev": Size.SMALL,
    }
    assert found["dev"].host == "dev.fotograma.example.com"
    assert found["dev"].domain
    assert found["dev"].domain.zone == "example.com"
    assert [each.protected for each in found.values()] == [True, True, False]


def test_environments_share_nothing_that_must_differ() -> None:
    found = read_environments(EXAMPLE).values()
    assert len({each.host for each in found}) == 3
    assert len({each.mail.sender for each in found}) == 3
    assert len({each.network for each in found}) == 3


def test_first_environment_of_an_account_makes_what_it_has_once(tmp_path: Path) -> None:
    path = decided(
        tmp_path, ("    size: small\n", '    account: "111111111111"\n    size: small\n')
    )
    first = {name: each.first_of_account for name, each in read_environments(path).items()}
    assert first == {"prod": True, "staging": True, "dev": False}


def test_repository_is_that_of_the_working_copy_unless_it_is_decided(tmp_path: Path) -> None:
    assert read_environment(decided(tmp_path), "dev", "a/b").repository == "a/b"
    path = decided(tmp_path, ("region: us-east-1", "region: us-east-1\nrepository: c/d"))
    assert read_environment(path, "dev", "a/b").repository == "c/d"


@pytest.mark.parametrize(
    ("before", "after", "where", "what"),
    [
        ("region: us-east-1", "region: virginia", "region: virginia", "region: "),
        ("size: medium", "size: huge", "size: huge", "size: Input should be 'small'"),
        ('"000000000000"', "1234", "account: 1234", "account: "),
        (
            "host: fotograma.example.com",
            "host: https://f.example.com",
            "https://f",
            "domain.host: ",
        ),
        (
            "zone: example.com",
            "zone: example.org",
            "domain:",
            "fotograma.example.com is not in the zone example.org",
        ),
        ("[203.0.113.0/24]", "[0.0.0.0/0]", "networks", "not 0.0.0.0/0"),
        (
            "iam::000000000000:user/",
            "sts::000000000000:assumed-role/",
            "principals",
            "not the session",
        ),
        ("monthly_usd: 1000", "monthly_usd: 0", "monthly_usd: 0", "budget.monthly_usd: "),
        ("project: fotograma", "projekt: fotograma", "projekt", "projekt: Extra inputs"),
        ("emails: [platform@example.com]", "emails: []", "emails: []", "alerts.emails: "),
        ("  prod: {}", "  prod: {size: tiny}", "prod: {size: tiny}", "size: "),
        ("    network: 10.1.0.0/16", "    network: 10.1.0.0/24", "10.1.0.0/24", "network: "),
    ],
)
def test_mistake_is_told_with_its_line(
    before: str, after: str, where: str, what: str, tmp_path: Path
) -> None:
    path = decided(tmp_path, (before, after))
    told = complaint(path)
    assert what in told
    assert f"{path}:{line_of(path, where)}: " in told


def test_missing_decision_is_told(tmp_path: Path) -> None:
    path = decided(tmp_path, ("size: medium", "# size"))
    assert "size: Field required (prod)" in complaint(path)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = decided(
        tmp_path, ("size: medium", "size: huge"), ("monthly_usd: 1000", "monthly_usd: -1")
    )
    assert len(complaint(path).splitlines()) == 2


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (
            "  prod: {}",
            "  production: {}",
            "environments.production: not one of dev, staging, prod",
        ),
        ("size: medium", "size: medium\nsize: small", "size: a second time"),
        ("size: medium", "size: [medium", "expected"),
    ],
)
def test_broken_file_is_told_with_a_line(
    before: str, after: str, what: str, tmp_path: Path
) -> None:
    told = complaint(decided(tmp_path, (before, after)))
    assert what in told
    assert told.startswith(f"{tmp_path}/fotograma.yaml:")


def test_sender_of_another_domain_is_refused(tmp_path: Path) -> None:
    path = decided(tmp_path, ("sender: no-reply@fotograma.example.com", "sender: me@gmail.com"))
    assert "mail.sender: me@gmail.com is not of fotograma.example.com (prod)" in complaint(path)


def test_missing_file_and_environment_are_told(tmp_path: Path) -> None:
    with pytest.raises(WrongDecisions, match=r"cp .*fotograma\.yaml\.example .*fotograma\.yaml"):
        read_environment(tmp_path / "fotograma.yaml", "prod")
    path = decided(tmp_path, ("  prod: {}\n", ""))
    with pytest.raises(WrongDecisions, match="prod is not there, but staging, dev"):
        read_environment(path, "prod")


def test_decisions_are_not_changed_afterwards() -> None:
    assert Environment.model_config["frozen"]
