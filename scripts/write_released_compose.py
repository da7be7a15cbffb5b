"""Writes a docker-compose.yml that needs no checkout: write_released_compose.py PREFIX VERSION.

What the one of the repository mounts from its folder, this one mounts from a volume, which an
image (deploy/images/host) fills at each `up`. Configs with their contents in the file would be
simpler, but Compose cannot give them to containers whose file system is read-only, which all of
these have. Needs Docker 26 and Compose 2.26, for parts of volumes.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

COMPOSE = Path(__file__).resolve().parents[1] / "docker-compose.yml"
FILES = "files"
"""The volume, and the service that fills it."""
HEADER = """\
# Fotograma {version} on one host, at https://localhost: docker compose up
# Written from docker-compose.yml of the repository, which explains settings (.env.example), backup
# and upgrade (docs/runbooks/one-host.md). Needs Docker 26 and Compose 2.26.

"""

Service = dict[str, Any]


def released(document: dict[str, Any], prefix: str, version: str) -> dict[str, Any]:
    """The same product, of released images, without bind mounts of the repository's files."""
    services = {
        name: _released(service, prefix, version) for name, service in document["services"].items()
    }
    services[FILES] = _filling(document, prefix, version)
    return {
        "name": "fotograma",
        "services": services,
        "networks": document["networks"],
        "volumes": {**document["volumes"], FILES: {}},
    }


def _released(service: Service, prefix: str, version: str) -> Service:
    changed = {key: value for key, value in service.items() if key != "build"}
    changed["image"] = _image(service["image"], prefix, version)
    if "volumes" in service:
        changed["volumes"] = [_mount(each) for each in service["volumes"]]
        if changed["volumes"] != service["volumes"]:
            ready = {FILES: {"condition": "service_completed_successfully"}}
            changed["depends_on"] = {**service.get("depends_on", {}), **ready}
    return changed


def _image(image: str, prefix: str, version: str) -> str:
    """Ours by their released names; a host may still say others, as before."""
    return image.replace("${IMAGE_PREFIX:-fotograma}", f"${{IMAGE_PREFIX:-{prefix}}}").replace(
        "${VERSION:-local}", f"${{VERSION:-{version}}}"
    )


def _mount(mount: str | dict[str, Any]) -> str | dict[str, Any]:
    if not isinstance(mount, str) or not mount.startswith("./"):
        return mount
    source, target, *_ = mount.removeprefix("./").split(":")
    return {
        "type": "volume",
        "source": FILES,
        "target": target,
        "read_only": True,
        "volume": {"subpath": source},
    }


def _filling(document: dict[str, Any], prefix: str, version: str) -> Service:
    """Locked down as every container is."""
    return {
        **document["x-one-shot"],
        "image": _image("${IMAGE_PREFIX:-fotograma}/host:${VERSION:-local}", prefix, version),
        "volumes": [f"{FILES}:/out"],
        "network_mode": "none",
    }


class _Plain(yaml.SafeDumper):
    """Says everything where it stands; what YAML's merges made alike is written out."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        del data
        return True


def main() -> None:
    """Print it."""
    prefix, version = sys.argv[1:]
    document = yaml.safe_load(COMPOSE.read_text())
    text = yaml.dump(released(document, prefix, version), Dumper=_Plain, sort_keys=False, width=120)
    sys.stdout.write(HEADER.format(version=version) + text)


if __name__ == "__main__":
    main()
