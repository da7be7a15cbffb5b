"""The users of a SeaweedFS server, and what each may do."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fotograma_local.secrets import Secrets

PROVISION, VIDEO, WORKER = "provision", "video", "worker"


@dataclass(frozen=True)
class S3User:
    """A user, and the one pair of keys they have."""

    name: str
    secret_access_key: str = field(repr=False)
    actions: tuple[str, ...]
    """What they may do, in SeaweedFS's words."""

    @property
    def access_key_id(self) -> str:
        """What they are known by in a signature."""
        return access_key_id(self.name)


def access_key_id(user: str) -> str:
    """What a user of this name is known by in a signature."""
    return f"fotograma-{user}"


def s3_users(secrets: Secrets, bucket: str) -> dict[str, S3User]:
    """Who uses the product's bucket, by name."""
    actions = {
        PROVISION: ("Admin",),
        VIDEO: tuple(f"{action}:{bucket}" for action in ("Read", "Write", "List", "Tagging")),
        WORKER: (f"Read:{bucket}", f"List:{bucket}", f"Write:{bucket}/extractions/*"),
    }
    return {
        name: S3User(name, secrets.password(f"{name}-s3"), may) for name, may in actions.items()
    }


def identities(users: Iterable[S3User]) -> str:
    """The file in which SeaweedFS looks for them."""
    return json.dumps({"identities": [_identity(user) for user in users]}, indent=2)


def _identity(user: S3User) -> Mapping[str, object]:
    keys = {"accessKey": user.access_key_id, "secretKey": user.secret_access_key}
    return {"name": user.name, "credentials": [keys], "actions": list(user.actions)}
