"""Whether an operator has decided, or left the example's words."""

from collections.abc import Iterator
from pathlib import Path

from fotograma_installer.decisions import NO_ACCOUNT, Environment
from fotograma_installer.preflight.findings import Finding, either, failure, good, warning
from fotograma_installer.sizes import MONTHLY_USD

EXAMPLES = (".example.com", ".example.org", ".example.net")
NOWHERE = "203.0.113.0/24"


def check_decisions(of: Environment, terraform: Path) -> Iterator[Finding]:
    """What the file says, and what else Terraform would read."""
    yield either(
        of.account != NO_ACCOUNT,
        f"the account is {of.account}",
        "the account is the example's",
        "account: in the file; aws sts get-caller-identity --query Account --output text",
    )
    if of.domain is None:
        yield warning(
            "no domain: users find it by the load balancer's own name, and browsers warn of its"
            " certificate, which vouches for itself; for trying",
            "domain: in config/fotograma.yaml",
        )
    else:
        yield either(
            not f".{of.domain.host}".endswith(EXAMPLES),
            f"users find it at {of.domain.host}",
            f"{of.domain.host} is the example's",
            "domain: in config/fotograma.yaml: a public hosted zone of yours, and a name in it",
        )
    yield either(
        of.repository,
        f"Argo CD follows github.com/{of.repository}, {of.revision}",
        "no repository for Argo CD to follow",
        "git remote add origin https://github.com/<you>/fotograma.git, or repository: in the file",
    )
    if NOWHERE in map(str, of.admins.networks):
        yield failure(
            f"{NOWHERE} is the example's",
            "admins.networks: in config/fotograma.yaml; curl -s https://checkip.amazonaws.com",
        )
    if (terraform / "terraform.tfvars").exists():
        yield warning(
            f"{terraform.name}/terraform.tfvars was written by hand, and is overruled",
            f"rm {terraform}/terraform.tfvars, once config/fotograma.yaml says the same",
        )
    yield _cost(of)


def _cost(of: Environment) -> Finding:
    estimated = MONTHLY_USD[of.size]
    said = f"about {estimated} US dollars a month ({of.size}), and what work adds; docs/deploy.md"
    if of.budget.monthly_usd < estimated:
        return warning(
            f"{said}: more than the budget of {of.budget.monthly_usd}, so its mail will come",
            f"budget: {{monthly_usd: {estimated}}} or more, or a smaller size",
        )
    return good(said)
