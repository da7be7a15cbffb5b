"""What operators' scripts tell AWS, Kubernetes and Terraform, and in which order.

The programs they call are stand-ins that write down how they were called, and answer as told.
"""

import re
from pathlib import Path

import pytest
from fixtures.stage import SCRIPTS, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.answer("curl", {"*": "echo 198.51.100.7"})
    made.answer("sleep", {})
    return made


OF_OPERATORS = (
    *("check-images", "destroy-environment", "maintenance", "push-images", "reach-cluster"),
    "set-images",
)
NOT_ON_MACOS = re.compile(
    r"\bmapfile\b|\breadarray\b|declare -A|\bsed -i\b|xargs -r|\$\{\w+(,,|\^\^)|\w+=\("
)
"""What bash 3.2 lacks, arrays, which it calls unbound when they are empty, and flags of GNU's."""


@pytest.mark.parametrize("name", OF_OPERATORS)
def test_scripts_of_operators_run_on_macos(name: str) -> None:
    code = re.sub(r"(^|\s)#.*", "", (SCRIPTS / name).read_text())
    assert not NOT_ON_MACOS.search(code)


class TestReachCluster:
    UPDATE = "aws eks update-cluster-config --name fotograma-prod --resources-vpc-config "

    def admitting(self, stage: Stage, *addresses: str) -> None:
        tabs = "\\t".join(addresses)
        stage.answer("aws", {"*describe-cluster*": f"printf '{tabs}\\n'"})

    def test_adds_this_machines_address_to_the_others(self, stage: Stage) -> None:
        self.admitting(stage, "203.0.113.0/24")
        told = stage.run("reach-cluster", "open", "fotograma-prod")
        assert told.output == "198.51.100.7/32\n"
        update = told.first(self.UPDATE + "publicAccessCidrs=198.51.100.7/32,203.0.113.0/24")
        assert told.first("aws eks wait cluster-active") > update

    def test_changes_nothing_where_the_address_is_listed(self, stage: Stage) -> None:
        self.admitting(stage, "198.51.100.7/32", "203.0.113.0/24")
        told = stage.run("reach-cluster", "open", "fotograma-prod")
        assert told.output == "198.51.100.7/32\n"
        assert not [call for call in told.calls if "update" in call]

    def test_missing_cluster_is_not_opened(self, stage: Stage) -> None:
        stage.answer("aws", {"*": "exit 254"})
        told = stage.run("reach-cluster", "open", "fotograma-prod")
        assert (told.returncode, told.output) == (0, "198.51.100.7/32\n")

    def test_removes_the_address_afterwards(self, stage: Stage) -> None:
        self.admitting(stage, "198.51.100.7/32", "203.0.113.0/24")
        told = stage.run("reach-cluster", "close", "fotograma-prod")
        assert self.UPDATE + "publicAccessCidrs=203.0.113.0/24" in told.calls

    def test_never_sends_an_empty_list_of_addresses(self, stage: Stage) -> None:
        """EKS would understand everybody."""
        self.admitting(stage, "198.51.100.7/32")
        told = stage.run("reach-cluster", "close", "fotograma-prod")
        assert told.returncode == 0
        assert not [call for call in told.calls if "update" in call]

    def test_answer_that_is_no_address_opens_nothing(self, stage: Stage) -> None:
        stage.answer("curl", {"*": "echo '0.0.0.0/0,10.0.0.1'"})
        self.admitting(stage, "203.0.113.0/24")
        told = stage.run("reach-cluster", "open", "fotograma-prod")
        assert told.returncode != 0
        assert not [call for call in told.calls if "update" in call]


class TestCheckImages:
    COMMIT = "0123456789abcdef0123456789abcdef01234567"

    def test_looks_up_each_image_that_an_environment_runs(self, stage: Stage) -> None:
        stage.answer("aws", {})
        told = stage.run("check-images", "prod", self.COMMIT)
        assert told.returncode == 0
        assert told.calls == [
            f"aws ecr describe-images --repository-name fotograma/{service}"
            f" --image-ids imageTag={self.COMMIT}"
            for service in ("auth", "video", "notify", "worker", "page")
        ]

    def test_one_missing_image_fails(self, stage: Stage) -> None:
        stage.answer("aws", {"*fotograma/video*": "exit 254"})
        told = stage.run("check-images", "prod", self.COMMIT)
        assert told.returncode == 1
        assert len(told.calls) == 5

    def test_denied_look_up_fails(self, stage: Stage) -> None:
        stage.answer("aws", {"*": "exit 255"})
        assert stage.run("check-images", "prod", self.COMMIT).returncode == 1


LOOKING = ["terraform output -json", "terraform output -raw protected"]


class TestDestroy:
    @pytest.fixture(autouse=True)
    def programs(self, stage: Stage) -> None:
        self.terraform(stage, protected=False)
        stage.answer("aws", {})
        stage.answer(
            "kubectl",
            {
                "*get applications*": "echo application.argoproj.io/fotograma",
                "*get persistentvolumes*": "echo persistentvolume/rabbitmq-0",
            },
        )

    def terraform(self, stage: Stage, *, protected: bool) -> None:
        stage.answer(
            "terraform",
            {
                "*output -raw protected": f"echo {str(protected).lower()}",
                "*output -raw kubeconfig_command": "echo aws eks update-kubeconfig --name x",
            },
        )

    def test_deletes_what_the_cluster_made_first(self, stage: Stage) -> None:
        told = stage.run("destroy-environment", "dev", AUTO_APPROVE="1")
        assert told.returncode == 0
        order = [
            "aws eks update-kubeconfig",
            "kubectl scale statefulset --namespace argocd argocd-application-controller",
            "kubectl patch application.argoproj.io/fotograma",
            "kubectl delete ingress --all --all-namespaces",
            "kubectl delete namespace fotograma monitoring",
            "kubectl wait --for delete --timeout 10m persistentvolume/rabbitmq-0",
            "kubectl delete nodepools.karpenter.sh",
            "terraform destroy -auto-approve",
        ]
        assert [told.first(call) for call in order] == sorted(told.first(call) for call in order)

    def test_keeps_a_protected_environment(self, stage: Stage) -> None:
        self.terraform(stage, protected=True)
        told = stage.run("destroy-environment", "prod", AUTO_APPROVE="1")
        assert told.returncode == 1
        assert told.calls == LOOKING

    def test_deletes_nothing_without_confirmation(self, stage: Stage) -> None:
        told = stage.run("destroy-environment", "dev")
        assert told.returncode != 0
        assert told.calls == LOOKING

    def test_stops_at_a_load_balancer_that_stays(self, stage: Stage) -> None:
        """Before anything is destroyed that it holds on to."""
        stage.answer("kubectl", {"*delete ingress*": "exit 1"})
        told = stage.run("destroy-environment", "dev", AUTO_APPROVE="1")
        assert told.returncode != 0
        assert not [call for call in told.calls if call.startswith("terraform destroy")]

    def test_denied_look_up_deletes_nothing(self, stage: Stage) -> None:
        stage.answer("terraform", {"*output*": "exit 1"})
        told = stage.run("destroy-environment", "dev", AUTO_APPROVE="1")
        assert told.returncode != 0
        assert told.calls == ["terraform output -json"]

    def test_resumes_after_an_interruption(self, stage: Stage) -> None:
        """The cluster is there, what was in it is not."""
        stage.answer(
            "kubectl", {"*get statefulset*": "exit 1", "*get customresourcedefinition*": "exit 1"}
        )
        told = stage.run("destroy-environment", "dev", AUTO_APPROVE="1")
        assert told.returncode == 0
        assert not [call for call in told.calls if "scale" in call or "nodepools --all" in call]
        assert "terraform destroy -auto-approve" in told.calls
