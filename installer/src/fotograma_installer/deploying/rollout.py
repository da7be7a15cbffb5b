"""What Argo CD does with what was published: it is waited for, and looked at."""

import json
from dataclasses import dataclass

from fotograma_installer.decisions import Environment
from fotograma_installer.deploying.operator import Operator
from fotograma_installer.names import environment_name
from fotograma_installer.patience import Patience
from fotograma_installer.programs import ProgramFailed, Programs

PLATFORM_SECONDS = 1800
PRODUCT_SECONDS = 3600
"""Longer than a sync may take with all its retries (controller.sync.timeout.seconds)."""
AUTOMATED = json.dumps({"spec": {"syncPolicy": {"automated": {"prune": True, "selfHeal": True}}}})
STATUS = "{.status.sync.status} {.status.health.status} {.status.sync.revision}"


@dataclass(frozen=True)
class Rollout:
    """The product's Application in the cluster of an environment."""

    of: Environment
    programs: Programs
    patience: Patience
    operator: Operator

    def connect(self) -> None:
        """Let kubectl speak with the cluster, by the file that KUBECONFIG names."""
        self.programs.run(
            *("aws", "eks", "update-kubeconfig", "--region", self.of.region),
            *("--name", environment_name(self.of)),
        )

    def run(self, commit: str) -> None:
        """Let the product follow Git, and wait until it is what the commit says."""
        application = f"application/{environment_name(self.of)}"
        self.patience.until(
            lambda: self._kubectl("get", application) is not None,
            "Argo CD's applications",
            within=PLATFORM_SECONDS,
            otherwise="kubectl -n argocd get applications",
        )
        self.programs.run(
            *("kubectl", "-n", "argocd", "patch", application, "--type", "merge"),
            *("--patch", AUTOMATED),
        )
        self._kubectl("annotate", application, "argocd.argoproj.io/refresh=normal", "--overwrite")
        told: list[str] = []
        self.patience.until(
            lambda: self._is_deployed(application, commit, told),
            "the product",
            within=PRODUCT_SECONDS,
            otherwise="kubectl -n fotograma get pods; docs/runbooks says what may be wrong",
        )

    def address(self) -> str:
        """The load balancer's own name."""
        return self.programs.read(
            *("kubectl", "-n", "fotograma", "get", "ingress/fotograma", "--output"),
            "jsonpath={.status.loadBalancer.ingress[0].hostname}",
        )

    def _is_deployed(self, application: str, commit: str, told: list[str]) -> bool:
        said = self._kubectl("get", application, "--output", f"jsonpath={STATUS}") or ""
        sync, health, revision = (said.split(" ") + [""] * 3)[:3]
        if told[-1:] != [said]:
            told.append(said)
            self.operator.say(f"Argo CD: {sync or 'not looked at yet'}, {health or 'not known'}")
        return (sync, health) == ("Synced", "Healthy") and self._has(revision, commit)

    def _has(self, revision: str, commit: str) -> bool:
        """Whether a revision is the commit, or one after it."""
        if revision == commit:
            return True
        return self.programs.succeeds("git", "merge-base", "--is-ancestor", commit, revision)

    def _kubectl(self, verb: str, *words: str) -> str | None:
        try:
            return self.programs.read("kubectl", "-n", "argocd", verb, *words)
        except ProgramFailed:
            return None
