"""Names on AWS, as Terraform makes them: all begin with the project's and the environment's."""

from fotograma_installer.decisions import Environment

WITHOUT_REPOSITORY = "https://placeholder.invalid/fotograma"
"""Nobody can ever own this name (RFC 2606), so nobody else's code runs before it is filled in."""


def environment_name(of: Environment) -> str:
    """The first part of everything's name: the cluster's whole name."""
    return f"{of.project}-{of.name}"


def bucket(of: Environment, contents: str) -> str:
    """The bucket of videos or logs; S3 knows a name all over the world."""
    return f"{environment_name(of)}-{contents}-{of.account}"


def bucket_of_state(of: Environment) -> str:
    """The bucket of Terraform's state, one for all environments of an account."""
    return f"{of.project}-terraform-state-{of.account}"


def github_role(of: Environment, run: str) -> str:
    """What a workflow assumes, by the kind of run: push, plan or apply."""
    return f"arn:aws:iam::{of.account}:role/{environment_name(of)}-github-{run}"


def registry(of: Environment) -> str:
    """Where images are taken from: the account's own registry, or where they were released."""
    own = f"{of.account}.dkr.ecr.{of.region}.amazonaws.com/{of.project}"
    return of.images or own


def url(of: Environment) -> str:
    """Where users find the product."""
    return f"https://{of.host}"


def repository_page(of: Environment) -> str:
    """The repository on GitHub; with `.git` behind it what Argo CD reads."""
    return f"https://github.com/{of.repository}" if of.repository else WITHOUT_REPOSITORY


def runbooks(of: Environment) -> str:
    """Where the runbooks are read that alerts link to."""
    return f"{repository_page(of)}/blob/{of.revision}/docs/runbooks"
