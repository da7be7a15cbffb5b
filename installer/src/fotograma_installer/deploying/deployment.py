"""The steps of a deployment, in their order."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from fotograma_installer.aws import Aws
from fotograma_installer.checkout import Checkout
from fotograma_installer.database_authorities import keep_authorities
from fotograma_installer.decisions import Environment
from fotograma_installer.deploying.images import ensure_images
from fotograma_installer.deploying.infrastructure import apply_terraform, ensure_state_bucket
from fotograma_installer.deploying.operator import Operator
from fotograma_installer.deploying.repository import ensure_branch, publish
from fotograma_installer.deploying.rollout import Rollout
from fotograma_installer.deploying.workflows import tell_workflows
from fotograma_installer.errors import InstallerError
from fotograma_installer.names import url
from fotograma_installer.outside import look, upload_clip
from fotograma_installer.own_certificate import ensure_certificate, trusted
from fotograma_installer.patience import Patience
from fotograma_installer.preflight.checks import findings
from fotograma_installer.preflight.findings import Finding, Verdict
from fotograma_installer.programs import Programs
from fotograma_installer.smoke_account import ensure_account

ADDRESS_SECONDS = 1200


class Unfit(InstallerError):
    """Findings that would stop the installation, or say that it does not work."""


@dataclass(frozen=True)
class Deployment:
    """An environment that is brought up from this working copy."""

    of: Environment
    here: Checkout
    programs: Programs
    aws: Aws
    operator: Operator
    patience: Patience
    transport: httpx.BaseTransport | None = None

    def preflight(self) -> None:
        """Say what is found. Raises `Unfit` if anything must be mended first."""
        self._report(findings(self.of, self.here, self.programs, self.aws))

    def deploy(self) -> None:
        """Go on with what is there already. Raises `InstallerError`, and can be run again."""
        if self.of.target != "eks":
            raise InstallerError(
                f"{self.of.name} is one host: make config, docs/runbooks/one-host.md"
            )
        self.preflight()
        ensure_branch(self.of, self.programs)
        keep_authorities(self.of, self.here.authorities(self.of), self.transport)
        self.here.write(self.of)
        ensure_state_bucket(self.of, self.aws, self.operator)
        apply_terraform(self.of, self.here.terraform(self.of.name), self.programs, self.operator)
        if self.of.domain is None:
            ensure_certificate(self.of, self.aws)
        with tempfile.TemporaryDirectory() as folder:
            cluster = self.programs.knowing(KUBECONFIG=str(Path(folder) / "kubeconfig"))
            reached = self._roll_out(cluster)
            account = ensure_account(self.of, self.aws, cluster)
        reached.wait_for_address()
        reached.validate(account)
        self.operator.say(f"\n{url(reached.of)}")

    def validate(self, account: dict[str, str] | None) -> None:
        """Look from outside, and upload a clip. Raises `Unfit` if something does not work."""
        with trusted(self.of, self.aws) as authority:
            self._report(look(url(self.of), authority, self.transport))
            clip = (url(self.of), self.here.sample, account, self.programs, authority)
            self._report([upload_clip(*clip)])

    def publish(self) -> str:
        """Say in Git, and to GitHub, what shall run. Returns the commit."""
        tag = ensure_images(self.of, self.here.version, self.programs, self.operator)
        self.programs.run("scripts/set-images", self.of.name, tag)
        commit = publish(self.of, f"Run {tag} in {self.of.name}", self.programs, self.operator)
        tell_workflows(self.of, self.here.config, self.programs, self.operator)
        return commit

    def _roll_out(self, cluster: Programs) -> "Deployment":
        """Wait until what is published runs; without a domain, the name that was found too."""
        rollout = Rollout(self.of, cluster, self.patience, self.operator)
        commit = self.publish()
        rollout.connect()
        rollout.run(commit)
        if self.of.domain is not None or (address := rollout.address()) == self.of.host:
            return self
        reached = replace(self, of=self.of.model_copy(update={"address": address}))
        self.here.write(reached.of)
        rollout.run(reached.publish())
        return reached

    def wait_for_address(self) -> None:
        """Ask until a load balancer, its record, and everybody's resolver have it."""
        with trusted(self.of, self.aws) as authority:
            self.patience.until(
                lambda: all(
                    each.verdict is not Verdict.FAILURE
                    for each in look(url(self.of), authority, self.transport)
                ),
                url(self.of),
                within=ADDRESS_SECONDS,
                otherwise="kubectl -n fotograma get ingress, and the name servers of the zone",
            )

    def _report(self, found: Iterable[Finding]) -> None:
        failed = 0
        for each in found:
            self.operator.say(str(each))
            failed += each.verdict is Verdict.FAILURE
        if failed:
            raise Unfit(f"{failed} to mend; then again")
