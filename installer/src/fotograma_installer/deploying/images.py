"""The images that shall run: released ones, or built here and pushed to the account's registry."""

from fotograma_installer.decisions import Environment
from fotograma_installer.deploying.operator import Operator
from fotograma_installer.deploying.repository import code_commit
from fotograma_installer.errors import InstallerError
from fotograma_installer.programs import Programs


def ensure_images(of: Environment, version: str, programs: Programs, operator: Operator) -> str:
    """Returns their tag. Raises `InstallerError` for a release whose images are not there."""
    if of.images:
        tag = of.version or version
        if not programs.succeeds("scripts/check-images", of.name, tag):
            raise InstallerError(f"{of.images} has no images of {tag}: version: in the file")
        return tag
    tag = code_commit(programs)
    if programs.succeeds("scripts/check-images", of.name, tag):
        operator.say(f"images of {tag} are there")
    else:
        programs.run("scripts/push-images", of.name, tag)
    return tag
