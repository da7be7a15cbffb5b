"""The account whose clip shows that the product works: no administrator, its password with AWS."""

import secrets

from fotograma_installer.aws import Aws
from fotograma_installer.decisions import Environment
from fotograma_installer.programs import Programs

AUTH = ("kubectl", "-n", "fotograma", "exec", "-i", "deploy/auth-api", "--", "fotograma-auth")


def secret_name(of: Environment) -> str:
    """In Secrets Manager, beside the services' own."""
    return f"{of.project}/{of.name}/smoke-test"


def ensure_account(of: Environment, aws: Aws, programs: Programs) -> dict[str, str]:
    """Its address and password, made the first time. Mail need not work for it."""
    if (known := aws.secret(secret_name(of))) is not None:
        return known
    account = {
        "email": f"smoke-test-{secrets.token_hex(4)}@{of.host}",
        "password": secrets.token_urlsafe(24),
    }
    # Opened by an operator its address counts as confirmed; then it is a user like others.
    opened = (*AUTH, "create-admin", account["email"], "--password-stdin")
    programs.run(*opened, text=account["password"] + "\n")
    programs.run(*AUTH, "demote-admin", account["email"])
    aws.keep_secret(secret_name(of), account)
    return account
