"""What docker-compose.yml tells its processes is what they read, and all they need."""

import json
import re
from pathlib import Path

import pytest
from fixtures.compose import DEPLOY, ROOT, compose_file, defaults, given, make_secrets, services
from fixtures.settings import PROCESSES, READ_BY_LIBRARIES
from fotograma_kit.settings import SECRETS_DIR

SECRETS = "/run/fotograma"


def environment(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in services()[service].get("environment", {}).items()}


def secrets_volume(service: str) -> str:
    """The part of the secrets that is mounted into a service."""
    (volume,) = (
        volume.split(":")[0]
        for volume in services()[service]["volumes"]
        if volume.endswith(f":{SECRETS}:ro")
    )
    assert volume.startswith("secrets-")
    return str(volume.removeprefix("secrets-"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Secrets as a first start makes them."""
    made = tmp_path_factory.mktemp("secrets")
    make_secrets(made)
    return made


@pytest.mark.parametrize("process", PROCESSES)
def test_compose_variables_are_read_by_their_process(process: str) -> None:
    fields = {name.upper() for name in PROCESSES[process].model_fields}
    assert set(environment(process)) - READ_BY_LIBRARIES <= fields


@pytest.mark.parametrize("process", PROCESSES)
def test_compose_gives_every_required_setting(
    process: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (field.upper() for field in PROCESSES[process].model_fields):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment(process).items():
        monkeypatch.setenv(name, value)
    assert environment(process)[SECRETS_DIR] == SECRETS
    monkeypatch.setenv(SECRETS_DIR, str(folder / "for" / secrets_volume(process)))
    PROCESSES[process]()


def test_compose_settings_check_covers_every_process() -> None:
    ours = {
        name
        for name, service in services().items()
        if "build" in service and SECRETS_DIR in service.get("environment", {})
    }
    assert ours == set(PROCESSES)


def test_make_secrets_makes_every_mounted_secret(folder: Path) -> None:
    parts = given(folder)
    mounted = {
        volume.split(":")[0].removeprefix("secrets-")
        for service in services().values()
        for volume in service.get("volumes", [])
        if volume.startswith("secrets-")
    }
    assert mounted == set(parts)
    made = {
        volume.split(":")[1].rsplit("/", 1)[-1]
        for volume in services()["secrets"]["volumes"]
        if volume.startswith("secrets-")
    }
    assert made == mounted


def test_worker_gets_its_own_secrets_only(folder: Path) -> None:
    assert given(folder)["worker"] == {"aws-credentials", "rabbitmq_url"}
    text = "".join(path.read_text() for path in (folder / "for" / "worker").iterdir())
    own = {"worker-rabbitmq", "worker-s3"}
    for kept in (folder / "kept").iterdir():
        if kept.is_file():
            assert (kept.read_text() in text) is (kept.name in own), kept.name


@pytest.mark.middle
def test_make_secrets_keeps_what_exists_and_makes_what_is_missing(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    first = (tmp_path / "for/auth/database_url").read_text()
    make_secrets(tmp_path)
    assert (tmp_path / "for/auth/database_url").read_text() == first
    (tmp_path / "kept/auth-database-rows").unlink()
    make_secrets(tmp_path)
    second = (tmp_path / "for/auth/database_url").read_text()
    assert second != first
    password = (tmp_path / "for/postgres/auth-rows-password").read_text()
    assert f":{password}@" in second


@pytest.mark.middle
def test_make_secrets_prefers_an_operators_credentials(tmp_path: Path) -> None:
    own = "[default]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n"
    make_secrets(tmp_path, "set", "s3-credentials", stdin=own)
    for part in ("video", "worker"):
        assert (tmp_path / "for" / part / "aws-credentials").read_text() == own
    assert "AKIA" not in (tmp_path / "for/notify/aws-credentials").read_text()


@pytest.mark.middle
def test_new_signing_key_sorts_last_and_keeps_the_old_one(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    name = make_secrets(tmp_path, "new-signing-key").strip()
    keys = sorted(path.stem for path in (tmp_path / "for/auth/signing-keys").iterdir())
    assert len(keys) == 2
    assert keys[-1] == name


@pytest.mark.middle
def test_new_url_key_comes_first_and_keeps_the_one_before(tmp_path: Path) -> None:
    def keys() -> list[str]:
        found: list[str] = json.loads((tmp_path / "for/video/video_url_signing_keys").read_text())
        return found

    make_secrets(tmp_path)
    (first,) = keys()
    make_secrets(tmp_path, "new-url-key")
    second, *others = keys()
    assert others == [first]
    make_secrets(tmp_path, "new-url-key")
    assert keys()[1:] == [second]
    assert len({first, *keys()}) == 3
    assert all(len(key) >= 32 for key in keys())


def test_compose_files_hold_no_password() -> None:
    for name, service in services().items():
        for variable in service.get("environment", {}):
            secret = re.search("PASSWORD|SECRET|TOKEN$|_KEY$|_KEY_ID$", variable)
            assert not secret or variable.endswith(("_FILE", "_DIR")), f"{variable} of {name}"
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix in {".conf", ".yml", ".yaml", ".json", ".ini"}:
            assert not re.search(r"(?i)password\W+[:=]\s*\S", path.read_text()), path


def test_env_example_explains_every_setting() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    found: dict[str, str] = {}
    explained = False
    for line in lines:
        if match := re.fullmatch(r"#([A-Z0-9_]+)=(.*)", line):
            assert explained, f"{match[1]} is not explained"
            found[match[1]] = match[2]
        else:
            # A comment explains what follows it, until a blank line.
            explained = line.startswith("# ") and not line.startswith("# --")
    assert set(found) == set(defaults())
    for name, default in found.items():
        assert defaults()[name] == {default}, name


def test_compose_declares_nothing_unused() -> None:
    document = compose_file()
    for kind, of in (("volumes", "volumes"), ("networks", "networks")):
        used = {
            entry.split(":")[0]
            for service in document["services"].values()
            for entry in service.get(of, [])
            if not entry.startswith(("./", "/"))
        }
        assert used == set(document[kind])
