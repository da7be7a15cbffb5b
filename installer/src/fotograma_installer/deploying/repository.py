"""What Argo CD follows: commits on a branch."""

from fotograma_installer.decisions import Environment
from fotograma_installer.deploying.operator import Operator
from fotograma_installer.errors import InstallerError
from fotograma_installer.programs import Programs

WHERE_IT_IS = ("deploy/k8s/site", "infra/terraform")
"""What deploying itself commits: where an environment is, and the checksums of providers."""


def ensure_branch(of: Environment, programs: Programs) -> None:
    """Raises `InstallerError` for another branch than the one that is followed."""
    branch = programs.read("git", "rev-parse", "--abbrev-ref", "HEAD")
    if branch != of.revision:
        raise InstallerError(
            f"this is {branch}, and {of.name} follows {of.revision}: git switch {of.revision}"
        )


def code_commit(programs: Programs) -> str:
    """The last commit that could change an image; `InstallerError` for what is in none."""
    but_ours = [f":(exclude){path}" for path in WHERE_IT_IS]
    if changed := programs.read("git", "status", "--porcelain", "--", ".", *but_ours):
        raise InstallerError(
            f"not committed, so no image could say what it was built from:\n{changed}"
        )
    return programs.read("git", "log", "-1", "--format=%H", "--", ".", *but_ours)


def publish(of: Environment, message: str, programs: Programs, operator: Operator) -> str:
    """Commit and push where the environment is and which images it runs. Returns the commit."""
    paths = [f"deploy/k8s/site/{of.name}"]
    lock = f"infra/terraform/environments/{of.name}/.terraform.lock.hcl"
    if (programs.folder / lock).exists():
        paths.append(lock)
    programs.run("git", "add", "--", *paths)
    if not programs.succeeds("git", "diff", "--cached", "--quiet", "--", *paths):
        programs.run("git", "commit", "--quiet", "--message", message, "--", *paths)
        operator.say(f"committed: {message}")
    programs.run("git", "push", "--quiet", "origin", f"HEAD:{of.revision}")
    return programs.read("git", "rev-parse", "HEAD")
