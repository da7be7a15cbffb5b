"""All checks of an environment, cheapest first."""

from collections.abc import Iterator

from fotograma_installer.aws import Aws, AwsRefused
from fotograma_installer.checkout import Checkout
from fotograma_installer.decisions import Environment
from fotograma_installer.preflight.account import check_account
from fotograma_installer.preflight.decisions import check_decisions
from fotograma_installer.preflight.findings import Finding, failure
from fotograma_installer.preflight.identity import check_identity
from fotograma_installer.preflight.tools import check_tools
from fotograma_installer.programs import Programs


def findings(of: Environment, here: Checkout, programs: Programs, aws: Aws) -> Iterator[Finding]:
    """One by one, as they are found. What AWS does not tell is a failure as well."""
    yield from check_decisions(of, here.terraform(of.name))
    yield from check_tools(of, programs)
    for check in (check_identity, check_account):
        try:
            yield from check(of, aws)
        except AwsRefused as error:
            yield failure(str(error), "aws sts get-caller-identity: whom is AWS speaking with?")
