"""What Terraform makes: the state's bucket first, then the plan, shown and agreed to."""

from pathlib import Path

from fotograma_installer.aws import Aws
from fotograma_installer.decisions import Environment
from fotograma_installer.deploying.operator import Operator
from fotograma_installer.names import bucket_of_state
from fotograma_installer.programs import ProgramFailed, Programs

NOTHING_TO_DO, CHANGES = 0, 2
"""How `terraform plan -detailed-exitcode` ends."""


def ensure_state_bucket(of: Environment, aws: Aws, operator: Operator) -> None:
    """The lock is a file beside the state, so there is no table."""
    name = bucket_of_state(of)
    if aws.make_private_bucket(name):
        operator.say(f"made the bucket {name} for Terraform's state")


def apply_terraform(of: Environment, folder: Path, programs: Programs, operator: Operator) -> None:
    """Make it as the decisions say. What was begun before is gone on with."""
    terraform = programs.within(folder)
    terraform.run(
        "terraform", "init", "-input=false", "-reconfigure", "-backend-config=backend.hcl"
    )
    ended = terraform.code("terraform", "plan", "-input=false", "-detailed-exitcode", "-out=plan")
    if ended == NOTHING_TO_DO:
        operator.say(f"{of.name} is as Terraform wants it")
        return
    if ended != CHANGES:
        raise ProgramFailed("terraform plan failed")
    operator.agree(f"Is this what {of.name} shall be? The first time it takes 40 minutes")
    terraform.run("terraform", "apply", "-input=false", "plan")
