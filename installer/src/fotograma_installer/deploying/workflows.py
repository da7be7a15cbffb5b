"""What GitHub's workflows need to go on with what was deployed from here."""

from pathlib import Path

from fotograma_installer.decisions import Environment
from fotograma_installer.deploying.operator import Operator
from fotograma_installer.programs import Programs

VARIABLE = "FOTOGRAMA_CONFIG"


def tell_workflows(of: Environment, config: Path, programs: Programs, operator: Operator) -> None:
    """Give GitHub the decisions, from which workflows derive their own; by `gh`, if it is there."""
    if not programs.succeeds("gh", "auth", "status"):
        operator.say(f"GitHub's workflows are not told: gh auth login, gh variable set {VARIABLE}")
        return
    repository = ("--repo", str(of.repository))
    programs.run("gh", "variable", "set", VARIABLE, *repository, text=config.read_text())
    programs.run(
        *("gh", "api", "--silent", "--method", "PUT"),
        f"repos/{of.repository}/environments/{of.name}",
    )
    operator.say(
        f"GitHub's environment {of.name} is there: give it reviewers, at"
        f" https://github.com/{of.repository}/settings/environments"
    )
