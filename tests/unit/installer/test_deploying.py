"""A deployment, with stand-ins for every program and for AWS: what is done, and in which order."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fixtures.installer import READY, ROOT, StandInAws, ready
from fixtures.stage import Stage
from fotograma_installer.checkout import Checkout
from fotograma_installer.decisions import Environment
from fotograma_installer.deploying.deployment import Deployment, Unfit
from fotograma_installer.deploying.operator import NotWanted, Operator
from fotograma_installer.errors import InstallerError
from fotograma_installer.own_certificate import self_signed
from fotograma_installer.patience import Patience, TookTooLong
from fotograma_installer.programs import ProgramFailed, Programs

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PUSHED = "89abcdef0123456789abcdef0123456789abcdef"
SECURE = {"strict-transport-security": "max-age=1", "content-security-policy": "x"}
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "terraform": {"*version*": "echo Terraform v1.13.2", "*exitcode*": "exit 2"},
    "aws": {"*--version*": "echo aws-cli/2.31.0", "*describe-images*": "exit 254"},
    "kubectl": {
        "*version*": "echo 'Client Version: v1.35.1'",
        "*jsonpath*": f"echo Synced Healthy {PUSHED}",
    },
    "git": {
        "*--version*": "echo git version 2.50.1",
        "*--abbrev-ref*": "echo main",
        "*log*": f"echo {COMMIT}",
        "*diff*": "exit 1",
        "*rev-parse HEAD": f"echo {PUSHED}",
    },
    "docker": {"*--version*": "echo Docker version 28.3.0"},
    "gh": {},
    "fotograma": {"*upload*": 'for last in "$@"; do :; done; echo x >"$last/sample.zip"'},
}


def healthy(request: httpx.Request) -> httpx.Response:
    """What a deployed product answers."""
    if request.url.scheme == "http":
        return httpx.Response(301, headers={"location": f"https://{request.url.host}/"})
    if request.url.host == "truststore.pki.rds.amazonaws.com":
        return httpx.Response(200, text=f"-----BEGIN CERTIFICATE-----\n{request.url.path}")
    match request.url.path:
        case "/":
            return httpx.Response(200, headers=SECURE)
        case "/auth/.well-known/jwks.json":
            return httpx.Response(200, json={"keys": [{}]})
        case _:
            return httpx.Response(401)


@dataclass
class Bench:
    """A copy of the repository's files, stand-ins, and what the operator was told."""

    stage: Stage
    root: Path
    aws: StandInAws = field(default_factory=lambda: StandInAws(READY))
    agrees: bool = True
    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    answer: Callable[[httpx.Request], httpx.Response] = field(default=healthy)
    clock: float = 0.0

    def deployment(self, of: Environment | None = None) -> Deployment:
        def confirm(question: str) -> bool:
            self.asked.append(question)
            return self.agrees

        return Deployment(
            of or ready(),
            Checkout(self.root),
            Programs(self.root, self.stage.variables),
            self.aws,
            Operator(self.told.append, confirm),
            Patience(60.0, sleep=self._sleep, now=lambda: self.clock),
            httpx.MockTransport(self.answer),
        )

    def change(self, program: str, answers: Mapping[str, str]) -> None:
        self.stage.answer(program, {**answers, **ANSWERS[program], **answers})

    def calls(self, beginning: str) -> list[str]:
        return [call for call in self.stage.calls if call.startswith(beginning)]

    def _sleep(self, seconds: float) -> None:
        self.clock += seconds


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    stage, root = Stage(tmp_path / "programs"), tmp_path / "repository"
    stage.folder.mkdir()
    for program, answers in ANSWERS.items():
        stage.answer(program, answers)
    for part in ("scripts", "config", "deploy/k8s/site", "infra/terraform/environments"):
        shutil.copytree(ROOT / part, root / part)
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / "config/fotograma.yaml").write_text("# decisions")
    return Bench(stage, root)


def test_deployment_makes_everything_in_order(bench: Bench) -> None:
    bench.deployment().deploy()
    order = [
        "terraform init -input=false -reconfigure -backend-config=backend.hcl",
        "terraform plan -input=false -detailed-exitcode -out=plan",
        "terraform apply -input=false plan",
        "aws ecr describe-images --repository-name fotograma/auth",
        "docker login --username AWS --password-stdin 123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "docker buildx build --platform linux/amd64",
        "git add -- deploy/k8s/site/prod",
        f"git commit --quiet --message Run {COMMIT} in prod -- deploy/k8s/site/prod",
        "git push --quiet origin HEAD:main",
        "gh variable set FOTOGRAMA_CONFIG --repo someone/fotograma",
        "gh api --silent --method PUT repos/someone/fotograma/environments/prod",
        "aws eks update-kubeconfig --region us-east-1 --name fotograma-prod",
        "kubectl -n argocd get application/fotograma-prod",
        "kubectl -n argocd patch application/fotograma-prod --type merge --patch",
        "kubectl -n fotograma exec -i deploy/auth-api -- fotograma-auth create-admin smoke-test-",
        "kubectl -n fotograma exec -i deploy/auth-api -- fotograma-auth demote-admin smoke-test-",
        "fotograma login smoke-test-",
        "fotograma upload ",
    ]
    first = [bench.stage.calls.index(bench.calls(each)[0]) for each in order]
    assert first == sorted(first)
    assert bench.told[-1].strip() == "https://fotograma.fotograma.dev"


def test_state_bucket_is_private_and_keeps_versions(bench: Bench) -> None:
    bench.deployment().deploy()
    asked = [operation for service, operation, _ in bench.aws.asked if service == "s3"]
    assert asked[-4:] == [
        "head_bucket",
        "create_bucket",
        "put_bucket_versioning",
        "put_public_access_block",
    ]
    given = [given for _, operation, given in bench.aws.asked if operation == "create_bucket"]
    assert given == [{"Bucket": "fotograma-terraform-state-123456789012"}]


def test_terraform_and_git_get_the_environments_own_values(bench: Bench) -> None:
    bench.aws.answers["iam", "get_role"] = {"Role": {"Arn": "made by prod"}}
    bench.deployment(ready("staging")).deploy()
    variables = bench.root / "infra/terraform/environments/staging/terraform.tfvars.json"
    assert json.loads(variables.read_text())["host_name"] == "staging.fotograma.fotograma.dev"
    site = bench.root / "deploy/k8s/site"
    assert COMMIT in (site / "staging/kustomization.yaml").read_text()
    assert COMMIT not in (site / "prod/kustomization.yaml").read_text()
    assert "123456789012" not in (site / "prod/site.env").read_text()


def test_certificates_of_databases_are_verified_from_the_first_deployment(bench: Bench) -> None:
    bench.deployment().deploy()
    folder = bench.root / "deploy/k8s/site/prod/database"
    assert "/us-east-1/us-east-1-bundle.pem" in (folder / "authorities.pem").read_text()
    assert "PGSSLMODE=verify-full" in (folder / "kustomization.yaml").read_text()
    other = bench.root / "deploy/k8s/site/dev/database/kustomization.yaml"
    assert "PGSSLMODE=prefer" in other.read_text()


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(200, text="<html>")])
def test_missing_authorities_stop_the_first_deployment(
    answer: httpx.Response, bench: Bench
) -> None:
    bench.answer = lambda _: answer
    with pytest.raises(InstallerError, match=r"us-east-1-bundle\.pem"):
        bench.deployment().deploy()
    assert not bench.calls("terraform init")


def test_authorities_from_before_are_good(bench: Bench) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        is_it = request.url.host == "truststore.pki.rds.amazonaws.com"
        return httpx.Response(503) if is_it else healthy(request)

    bench.answer = silent
    path = bench.root / "deploy/k8s/site/prod/database/authorities.pem"
    path.write_text("-----BEGIN CERTIFICATE-----")
    bench.deployment().deploy()
    assert path.read_text() == "-----BEGIN CERTIFICATE-----"


def test_every_image_is_built_from_its_file(bench: Bench) -> None:
    bench.deployment().deploy()
    builds = bench.calls("docker buildx build")
    registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fotograma"
    for service in ("auth", "video", "notify", "worker"):
        (build,) = (each for each in builds if f"{registry}/{service}:{COMMIT}" in each)
        assert f"--file Dockerfile --build-arg SERVICE={service}" in build
    (page,) = (each for each in builds if f"{registry}/page:{COMMIT}" in each)
    assert "--file deploy/images/page/Dockerfile" in page


def test_plan_is_agreed_to_before_anything_is_applied(bench: Bench) -> None:
    bench.agrees = False
    with pytest.raises(NotWanted):
        bench.deployment().deploy()
    assert len(bench.asked) == 1
    assert bench.stage.calls[-1].startswith("terraform plan")


def test_failed_check_changes_nothing(bench: Bench) -> None:
    bench.change("terraform", {"*version*": "echo Terraform v1.5.7"})
    with pytest.raises(Unfit, match="1 to mend"):
        bench.deployment().deploy()
    assert not bench.calls("terraform init")
    assert "create_bucket" not in {operation for _, operation, _ in bench.aws.asked}


def test_second_run_goes_on_with_what_is_there(bench: Bench) -> None:
    """After a break: nothing is planned, built, committed or opened twice."""
    bench.change("terraform", {"*exitcode*": "exit 0"})
    bench.change("aws", {"*describe-images*": "exit 0"})
    bench.change("git", {"*diff*": "exit 0"})
    account = {"email": "smoke-test-1@fotograma.dev", "password": "secret"}
    bench.aws.answers |= {
        ("s3", "head_bucket"): {},
        ("secretsmanager", "get_secret_value"): {"SecretString": json.dumps(account)},
    }
    bench.deployment().deploy()
    assert bench.asked == []
    for never in ("terraform apply", "docker buildx", "git commit", "kubectl -n fotograma exec"):
        assert bench.calls(never) == []
    assert "create_bucket" not in {operation for _, operation, _ in bench.aws.asked}
    assert bench.calls("fotograma login smoke-test-1@fotograma.dev --password-stdin")


@pytest.mark.parametrize(
    ("program", "answers"),
    [
        ("terraform", {"*exitcode*": "exit 1"}),
        ("terraform", {"*apply*": "exit 1"}),
        ("docker", {"*buildx*": "exit 1"}),
        ("git", {"*push*": "exit 1"}),
    ],
)
def test_failing_program_stops_the_deployment(
    program: str, answers: Mapping[str, str], bench: Bench
) -> None:
    bench.change(program, answers)
    with pytest.raises(ProgramFailed):
        bench.deployment().deploy()
    assert not bench.calls("kubectl -n argocd")


def test_other_branch_and_uncommitted_code_are_refused(bench: Bench) -> None:
    bench.change("git", {"*--abbrev-ref*": "echo feature"})
    with pytest.raises(InstallerError, match="git switch main"):
        bench.deployment().deploy()
    bench.change("git", {"*status*": "echo ' M Dockerfile'"})
    with pytest.raises(InstallerError, match="not committed"):
        bench.deployment().deploy()
    assert not bench.calls("docker buildx")


def test_released_images_are_not_built(bench: Bench) -> None:
    released = ready().model_copy(
        update={"images": "ghcr.io/someone/fotograma", "version": "1.2.0"}
    )
    bench.deployment(released).deploy()
    assert bench.calls("docker manifest inspect ghcr.io/someone/fotograma/page:1.2.0")
    assert not bench.calls("docker buildx")
    text = (bench.root / "deploy/k8s/site/prod/kustomization.yaml").read_text()
    assert text.count('newTag: "1.2.0"') == text.count("newName: ghcr.io/someone/fotograma/") == 5


def test_release_that_is_not_there_is_told(bench: Bench) -> None:
    bench.change("docker", {"*manifest*": "exit 1"})
    released = ready().model_copy(
        update={"images": "ghcr.io/someone/fotograma", "version": "9.9.9"}
    )
    with pytest.raises(InstallerError, match=r"has no images of 9\.9\.9"):
        bench.deployment(released).deploy()


def test_rollout_is_waited_for_until_it_is_healthy(bench: Bench) -> None:
    states = bench.stage.folder / "states"
    states.write_text(
        "\n".join(
            [
                "",
                "OutOfSync Missing",
                f"Synced Progressing {PUSHED}",
                f"Synced Healthy {COMMIT}",
                f"Synced Healthy {PUSHED}",
            ]
        )
    )
    one_by_one = f"head -n 1 {states}; sed 1d {states} >{states}.new; mv {states}.new {states}"
    bench.change("kubectl", {"*jsonpath*": one_by_one})
    bench.change("git", {"*merge-base*": "exit 1"})
    bench.deployment().deploy()
    said = [line for line in bench.told if line.startswith("Argo CD: ")]
    assert said[:3] == [
        "Argo CD: not looked at yet, not known",
        "Argo CD: OutOfSync, Missing",
        "Argo CD: Synced, Progressing",
    ]
    assert bench.clock == 4 * 60


def test_rollout_that_does_not_end_is_told(bench: Bench) -> None:
    bench.change("kubectl", {"*jsonpath*": "echo OutOfSync Degraded"})
    with pytest.raises(TookTooLong, match="kubectl -n fotograma get pods"):
        bench.deployment().deploy()
    assert not bench.calls("fotograma upload")


def test_password_is_in_no_command_and_told_to_nobody(bench: Bench) -> None:
    bench.deployment().deploy()
    (kept,) = (given for _, operation, given in bench.aws.asked if operation == "create_secret")
    password = json.loads(kept["SecretString"])["password"]
    assert kept["Name"] == "fotograma/prod/smoke-test"
    assert password not in "\n".join([*bench.stage.calls, *bench.told])


def test_missing_gh_is_told_and_stops_nothing(bench: Bench) -> None:
    bench.change("gh", {"*auth*": "exit 1"})
    bench.deployment().deploy()
    assert any("gh variable set FOTOGRAMA_CONFIG" in line for line in bench.told)


def test_name_of_the_load_balancer_is_published_once_it_is_known(bench: Bench) -> None:
    """Without a domain, links and cookies must bear the name that AWS makes up."""
    name = "k8s-fotograma-1.us-east-1.elb.amazonaws.com"
    bench.change("kubectl", {"*ingress*": f"echo {name}"})
    pem, _ = self_signed("*.us-east-1.elb.amazonaws.com")
    bench.aws.answers |= {
        ("acm", "list_certificates"): {
            "CertificateSummaryList": [
                {"DomainName": "*.us-east-1.elb.amazonaws.com", "CertificateArn": "arn"}
            ]
        },
        ("acm", "get_certificate"): {"Certificate": pem},
    }
    bench.deployment(ready().model_copy(update={"domain": None})).deploy()
    site = (bench.root / "deploy/k8s/site/prod/site.env").read_text()
    assert f"\nHOST={name}\n" in site
    assert len(bench.calls("git push")) == 2
    assert bench.told[-1].strip() == f"https://{name}"


def test_one_host_is_not_deployed_to_aws(bench: Bench) -> None:
    with pytest.raises(InstallerError, match=r"one-host\.md"):
        bench.deployment(ready().model_copy(update={"target": "compose"})).deploy()
    assert bench.stage.calls == []


class TestValidate:
    ACCOUNT: Mapping[str, str] = {"email": "a@b.org", "password": "secret"}

    def test_looks_and_uploads(self, bench: Bench) -> None:
        bench.deployment().validate(dict(self.ACCOUNT))
        login, upload = bench.stage.calls
        assert login == "fotograma login a@b.org --password-stdin"
        assert re.fullmatch(r"fotograma upload \S+/sample.mp4 --every 2 --wait -o \S+", upload)
        assert len(bench.told) == 6

    def test_api_key_needs_no_login(self, bench: Bench) -> None:
        bench.deployment().validate(None)
        assert not bench.calls("fotograma login")

    @pytest.mark.parametrize(
        ("path", "answer", "told"),
        [
            ("/auth/.well-known/jwks.json", httpx.Response(503), "jwks.json: 503"),
            ("/", httpx.Response(200), "the page lacks content-security-policy"),
            ("/video/uploads", httpx.Response(200), "/video/uploads: 200 without an account"),
        ],
    )
    def test_what_does_not_work_is_told(
        self, path: str, answer: httpx.Response, told: str, bench: Bench
    ) -> None:
        def broken(request: httpx.Request) -> httpx.Response:
            is_it = request.url.scheme == "https" and request.url.path == path
            return answer if is_it else healthy(request)

        bench.answer = broken
        with pytest.raises(Unfit, match="1 to mend"):
            bench.deployment().validate(dict(self.ACCOUNT))
        assert any(told in line for line in bench.told)
        assert not bench.calls("fotograma upload")

    def test_unreachable_address_is_told(self, bench: Bench) -> None:
        def nowhere(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("Name or service not known", request=request)

        bench.answer = nowhere
        with pytest.raises(Unfit, match="4 to mend"):
            bench.deployment().validate(None)

    def test_clip_that_is_not_taken_is_told(self, bench: Bench) -> None:
        bench.stage.answer("fotograma", {"*upload*": "exit 6"})
        with pytest.raises(Unfit):
            bench.deployment().validate(None)
        assert "extractions-fail.md" in bench.told[-1]

    def test_clip_without_frames_is_told(self, bench: Bench) -> None:
        bench.stage.answer("fotograma", {})
        with pytest.raises(Unfit):
            bench.deployment().validate(None)
