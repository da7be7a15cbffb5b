"""What GitHub's workflows are told of one environment."""

from fotograma_installer.decisions import Environment
from fotograma_installer.names import (
    environment_name,
    github_role,
    registry,
    url,
)


def workflow_outputs(of: Environment) -> dict[str, str]:
    """By the names that the action `settings` hands on."""
    return {
        "region": of.region,
        "cluster": environment_name(of),
        "registry": registry(of),
        "builds": "false" if of.images else "true",
        "push-role": github_role(of, "push"),
        "plan-role": github_role(of, "plan"),
        "apply-role": github_role(of, "apply"),
        "url": url(of),
    }
