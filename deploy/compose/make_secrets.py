"""Makes every password and key of a one-host installation, and gives each part its own.

    make_secrets.py                      what is missing; `docker compose up` runs this each time
    make_secrets.py set NAME < FILE      keep this instead, under that name
    make_secrets.py new-signing-key      one more key, which signs from auth's next start on
    make_secrets.py new-url-key          likewise for the URLs that the video API signs; the key
                                         before stays valid, until there is another

`KEPT` is the volume to back up: every password and key, each in a file of its own. From it the
other folders are made, one for each part and mounted there alone, with connection strings and
configuration that hold nothing the part does not need. Deleting a file of `KEPT` and running this
again makes a new password.
"""

import base64
import hashlib
import json
import os
import secrets
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from alertmanager.configuration import configuration, read
from fotograma_auth.signing_keys import create_key
from fotograma_local.certificates import self_signed
from fotograma_local.s3_users import S3User, access_key_id, identities, s3_users
from fotograma_local.secrets import Secrets

KEPT = Path(os.environ.get("KEPT", "/secrets/kept"))
GIVEN = Path(os.environ.get("GIVEN", "/secrets/for"))
DEFINITIONS = Path(__file__).parent / "rabbitmq" / "definitions.json"
BUCKET = os.environ.get("S3_BUCKET", "fotograma")

_READABLE = 0o444
"""A part runs as whatever user its image has; the volume is what keeps others away."""
_URL_KEY = "video-urls"
_LAST_URL_KEY = "video-urls-before"
_TELEMETRY_BUCKETS = {"loki": "fotograma-logs", "tempo": "fotograma-traces"}
_OWN_CREDENTIALS = {
    "video": "s3-credentials",
    "worker": "s3-credentials",
    "notify": "mail-credentials",
}
"""AWS credentials that an operator has `set` take the place of the local ones."""


def main(arguments: list[str]) -> None:
    """Do what the module says."""
    match arguments:
        case []:
            pass
        case ["set", name]:
            _keep(name, sys.stdin.read())
        case ["new-signing-key"]:
            print(create_key(Secrets.in_folder(KEPT).signing_keys(), datetime.now(UTC)).stem)
        case ["new-url-key"]:
            (KEPT / _URL_KEY).replace(KEPT / _LAST_URL_KEY)
        case _:
            sys.exit(__doc__)
    give(Secrets.in_folder(KEPT))


def give(kept: Secrets) -> None:
    """Write every part's folder anew."""
    for service in ("auth", "video"):
        password = kept.password(f"{service}-database")
        _write("postgres", f"{service}-password", password)
        _write(f"{service}-migrate", "database_url", _database_url(service, service, password))
        password = kept.password(f"{service}-database-rows")
        _write("postgres", f"{service}-rows-password", password)
        _write(service, "database_url", _database_url(service, f"{service}_rows", password))
    _write("postgres", "superuser-password", kept.password("postgres"))
    _give_broker_users(kept)
    _give_s3_users(kept)
    _write("notify", "aws-credentials", _aws_credentials(kept, "notify"))
    _give_signing_keys(kept)
    _give_url_keys(kept)
    clients = {"notify": kept.password_sha256("notify-client")}
    _write("auth", "auth_service_clients", json.dumps(clients))
    _write("grafana", "admin-password", kept.password("grafana"))
    _write("alertmanager", "alertmanager.yml", _told(kept))


def _told(kept: Secrets) -> str:
    """Alertmanager's configuration, by what has been `set` under names that begin with `alert-`."""
    return json.dumps(configuration(read(kept.folder, "alert-")), indent=2)


def _database_url(database: str, user: str, password: str) -> str:
    return f"postgresql+asyncpg://{user}:{password}@postgres/{database}"


def _give_broker_users(kept: Secrets) -> None:
    """RabbitMQ's definitions with passwords, and each user's URL."""
    definitions = json.loads(DEFINITIONS.read_text())
    for user in definitions["users"]:
        password = kept.password(f"{user['name']}-rabbitmq")
        user["password_hash"] = _rabbitmq_hash(password)
        part = "topology" if user["name"] == "admin" else user["name"]
        _write(part, "rabbitmq_url", f"amqp://{user['name']}:{password}@rabbitmq/")
    _write("rabbitmq", "definitions.json", json.dumps(definitions, indent=2))


def _rabbitmq_hash(password: str) -> str:
    """https://www.rabbitmq.com/docs/passwords#computing-password-hash"""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _give_s3_users(kept: Secrets) -> None:
    """SeaweedFS's identities, each user's credentials, and the authority of the port it takes
    commands at: new each time, and nobody has a certificate of it."""
    users = {**s3_users(kept, BUCKET), **_telemetry_users(kept)}
    for user in users:
        _write(user, "aws-credentials", _aws_credentials(kept, user))
    _write("s3", "s3.json", identities(users.values()))
    certificate = self_signed("s3")
    _write("s3", "grpc.crt", certificate.certificate)
    _write("s3", "grpc.key", certificate.key)


def _telemetry_users(kept: Secrets) -> dict[str, S3User]:
    """Who keeps logs and traces: each in a bucket that nobody else opens."""
    actions = ("Read", "Write", "List")
    return {
        name: S3User(
            name, kept.password(f"{name}-s3"), tuple(f"{action}:{bucket}" for action in actions)
        )
        for name, bucket in _TELEMETRY_BUCKETS.items()
    }


def _aws_credentials(kept: Secrets, user: str) -> str:
    own = kept.folder / _OWN_CREDENTIALS.get(user, user)
    return own.read_text() if own.is_file() else _local_credentials(kept, user)


def _local_credentials(kept: Secrets, user: str) -> str:
    """A shared credentials file, as boto3 looks for it in AWS_SHARED_CREDENTIALS_FILE."""
    return (
        "[default]\n"
        f"aws_access_key_id = {access_key_id(user)}\n"
        f"aws_secret_access_key = {kept.password(f'{user}-s3')}\n"
    )


def _give_signing_keys(kept: Secrets) -> None:
    folder = GIVEN / "auth" / "signing-keys"
    shutil.rmtree(folder, ignore_errors=True)
    for key in kept.signing_keys().glob("*.pem"):
        _write("auth", f"signing-keys/{key.name}", key.read_text())


def _give_url_keys(kept: Secrets) -> None:
    """The first signs, both verify."""
    keys = [kept.password(_URL_KEY)]
    if (kept.folder / _LAST_URL_KEY).is_file():
        keys.append(kept.password(_LAST_URL_KEY))
    _write("video", "video_url_signing_keys", json.dumps(keys))


def _keep(name: str, value: str) -> None:
    path = Secrets.in_folder(KEPT).folder / name
    path.write_text(value)
    path.chmod(0o400)


def _write(part: str, name: str, content: str) -> None:
    """Put a file into a part's folder, whole or not at all."""
    path = GIVEN / part / name
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.write_text(content)
    unfinished.chmod(_READABLE)
    unfinished.replace(path)


if __name__ == "__main__":
    main(sys.argv[1:])
