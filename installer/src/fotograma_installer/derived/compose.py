"""The settings of docker-compose.yml, for an environment on one host."""

from fotograma_installer.decisions import Environment, Size
from fotograma_installer.names import runbooks, url

WORKERS = {Size.SMALL: 1, Size.MEDIUM: 2, Size.LARGE: 4}


def compose_settings(of: Environment) -> dict[str, str]:
    """The contents of .env. Passwords and keys are not here: the first start makes them."""
    released = {"IMAGE_PREFIX": of.images, "VERSION": of.version or "latest"} if of.images else {}
    return {
        "PUBLIC_URL": url(of),
        "S3_PUBLIC_URL": f"https://{of.host}:8443",
        "GATEWAY_ADDRESS": "0.0.0.0",  # noqa: S104 - a public host's gateway lets others in
        "AWS_REGION": of.region,
        "NOTIFY_SENDER": of.mail.sender,
        "VIDEO_RETENTION_DAYS": str(min(of.retention_days, 30)),
        "WORKERS": str(WORKERS[of.size]),
        "RUNBOOKS_URL": runbooks(of),
        "ENVIRONMENT": of.name,
        **released,
    }
