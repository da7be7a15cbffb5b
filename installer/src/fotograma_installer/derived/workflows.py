"""What GitHub's workflows are told of one environment."""

from fotograma_installer.decisions import Environment
from fotograma_installer.names import (
    bucket_of_state,
    environment_name,
    github_role,
    registry,
    url,
)


def workflow_outputs(of: Environment) -> dict[str, str]:
    """By the names that the action `settings` hands on."""
    return {
        "environment": of.name,
        "project": of.project,
        "region": of.region,
        "cluster": environment_name(of),
        "registry": registry(of),
        "state-bucket": bucket_of_state(of),
        "push-role": github_role(of, "push"),
        "plan-role": github_role(of, "plan"),
        "apply-role": github_role(of, "apply"),
        "url": url(of),
    }
