"""The services' roles on AWS allow what their code calls, and nothing else.

Three things are held together: the boto3 calls in the code, the statements in Terraform, and the
table that tells one from the other. S3 is called by the kit's adapter: a service calls of it what
the methods do that it uses.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "infra/terraform/modules/service-roles"
SERVICES = ("auth", "notify", "video", "worker")
ADAPTER = tuple(ROOT / f"libs/kit/src/fotograma_kit/{name}.py" for name in ("s3", "object_writer"))

ACTIONS: dict[str, set[str]] = {
    "abort_multipart_upload": {"s3:AbortMultipartUpload"},
    "change_message_visibility": {"sqs:ChangeMessageVisibility"},
    "complete_multipart_upload": {"s3:PutObject"},
    "copy_object": {"s3:GetObject", "s3:PutObject"},
    "create_multipart_upload": {"s3:PutObject"},
    "delete_item": {"dynamodb:DeleteItem"},
    "delete_message": {"sqs:DeleteMessage"},
    "delete_objects": {"s3:DeleteObject"},
    "get_item": {"dynamodb:GetItem"},
    "get_object": {"s3:GetObject"},
    "get_queue_attributes": {"sqs:GetQueueAttributes"},
    "head_bucket": {"s3:ListBucket"},
    "head_object": {"s3:GetObject"},
    "list_multipart_uploads": {"s3:ListBucketMultipartUploads"},
    "list_objects_v2": {"s3:ListBucket"},
    "list_parts": {"s3:ListMultipartUploadParts"},
    "put_item": {"dynamodb:PutItem"},
    "put_object": {"s3:PutObject"},
    "query": {"dynamodb:Query"},
    "receive_message": {"sqs:ReceiveMessage"},
    "send_email": {"ses:SendEmail"},
    "send_message": {"sqs:SendMessage"},
    "transact_write_items": {
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    },
    "update_item": {"dynamodb:UpdateItem"},
    "upload_part": {"s3:PutObject"},
    "upload_part_copy": {"s3:GetObject", "s3:PutObject"},
}
"""What a call needs, by its name in boto3. See "Actions, resources, and condition keys":
https://docs.aws.amazon.com/service-authorization/latest/reference/"""

RESOURCES = {
    "bucket": "${var.bucket_arn}",
    "`sources/*`": "${local.sources}",
    "`extractions/*`": "${local.extractions}",
    "table": "${var.table_arn}",
    "index `by_time`": "${var.table_arn}/index/by_time",
    "mail queue": "${var.mail_queue_arn}",
    "feedback queue": "${var.feedback_queue_arn}",
    "identity": "${var.mail_identity_arn}",
    "configuration set": "${var.configuration_set_arn}",
}
"""The table's words for what Terraform names."""

Right = tuple[str, str, str]
"""Role, action, resource as Terraform names it."""


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    role: str
    action: str
    resources: tuple[str, ...]
    file: str
    function: str
    call: str

    @property
    def rights(self) -> set[Right]:
        return {(self.role, self.action, RESOURCES[resource]) for resource in self.resources}


def source(service: str) -> Path:
    return ROOT / "services" / service / "src" / f"fotograma_{service}"


def calls(tree: ast.AST) -> Iterator[str]:
    """boto3 methods that are called or signed for, by name or as an attribute of the client."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="call" | "_call" | "generate_presigned_url"),
                args=[ast.Constant(value=str(name)), *_],
            ) if name.isidentifier():
                yield name
            case ast.keyword(arg="ClientMethod", value=ast.Constant(value=str(name))):
                yield name
            case ast.Attribute(value=ast.Attribute(attr="boto3"), attr=name):
                yield name


def attributes(tree: ast.AST) -> set[str]:
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@cache
def adapted() -> dict[str, set[str]]:
    """The boto3 calls behind each method of the kit's S3 adapter, by the method's name."""
    methods = defaultdict[str, list[ast.stmt]](list)
    for path in ADAPTER:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                methods[node.name].append(node)
    trees = {
        name: ast.Module(nodes, [])
        for name, nodes in methods.items()
        if name not in {"call", "_call"}
    }
    return {name: set(_calls_behind(name, trees)) for name in trees}


def _calls_behind(name: str, trees: Mapping[str, ast.AST]) -> Iterator[str]:
    seen, names = {name}, [name]
    while names:
        found = trees[names.pop()]
        yield from calls(found)
        following = (attributes(found) & trees.keys()) - seen
        seen |= following
        names.extend(following)


def calls_of(tree: ast.AST, *, adapter: bool) -> set[str]:
    """The boto3 calls that the code makes itself, or through the adapter where it knows that."""
    names = set(calls(tree))
    if adapter:
        for method in attributes(tree) & adapted().keys():
            names |= adapted()[method]
    return names - {"generate_presigned_url", "close"}  # neither asks AWS for anything


def knows_adapter(path: Path) -> bool:
    return any(f"from fotograma_kit.{file.stem} import" in path.read_text() for file in ADAPTER)


def called(service: str) -> set[str]:
    return {
        name
        for path in source(service).rglob("*.py")
        for name in calls_of(ast.parse(path.read_text()), adapter=knows_adapter(path))
    }


def plain(value: Any) -> Any:
    return value.strip('"') if isinstance(value, str) else value


@cache
def allowed() -> set[Right]:
    with (MODULE / "main.tf").open() as file:
        (scope,) = hcl2.load(file)["locals"]
    return {
        (role, plain(action), plain(resource))
        for role, statements in scope["statements"].items()
        if not role.startswith("__")
        for statement in statements
        for action in statement["actions"]
        for resource in statement["resources"]
    }


def rows() -> list[Row]:
    lines = re.findall(
        r"^\| (\w+) \| `([\w:]+)` \| (.+?) \| `([\w./]+)` `([\w.]+)` \| `(\w+)` \|$",
        (MODULE / "README.md").read_text(),
        re.MULTILINE,
    )
    return [
        Row(role, action, tuple(resources.split(", ")), file, function, call)
        for role, action, resources, file, function, call in lines
    ]


def definition(row: Row) -> ast.AST:
    """The function a row names. Raises `StopIteration` when there is none."""
    found: ast.AST = ast.parse((source(row.role) / row.file).read_text())
    for name in row.function.split("."):
        found = next(
            node
            for node in ast.iter_child_nodes(found)
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name == name
        )
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_roles_allow_what_their_code_calls(service: str) -> None:
    needed = {action for call in called(service) for action in ACTIONS[call]}
    assert {action for role, action, _ in allowed() if role == service} == needed


def test_roles_table_has_every_right_and_no_other() -> None:
    assert {right for row in rows() for right in row.rights} == allowed()


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.role}-{row.function}-{row.call}")
def test_roles_table_rows_name_the_code_that_needs_them(row: Row) -> None:
    assert row.action in ACTIONS[row.call]
    path = source(row.role) / row.file
    assert row.call in calls_of(definition(row), adapter=knows_adapter(path))


def test_roles_calls_are_found_behind_the_adapters_methods() -> None:
    assert adapted()["read_range"] == {"get_object"}
    assert adapted()["copy_part"] == {"upload_part_copy"}
    assert adapted()["sweep"] == {
        "list_objects_v2",
        "delete_objects",
        "list_multipart_uploads",
        "abort_multipart_upload",
    }


def test_worker_role_reaches_two_prefixes_only() -> None:
    """It is the one that opens strangers' files."""
    worker = {(action, resource) for role, action, resource in allowed() if role == "worker"}
    assert worker == {
        ("s3:ListBucket", RESOURCES["bucket"]),
        ("s3:GetObject", RESOURCES["`sources/*`"]),
        ("s3:GetObject", RESOURCES["`extractions/*`"]),
        ("s3:PutObject", RESOURCES["`extractions/*`"]),
        ("s3:AbortMultipartUpload", RESOURCES["`extractions/*`"]),
    }


def test_dynamodb_table_has_the_shape_that_notify_expects() -> None:
    """Terraform's keys, index and expiry are those of the notify service's `dynamodb/shape.py`."""
    table = ast.parse((source("notify") / "dynamodb/shape.py").read_text())
    names = {
        node.targets[0].id: node.value.value
        for node in table.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    with (ROOT / "infra/terraform/modules/product/main.tf").open() as file:
        modules = hcl2.load(file)["module"]
    (made,) = (module['"notify_table"'] for module in modules if '"notify_table"' in module)
    assert plain(made["hash_key"]) == names["PARTITION_KEY"]
    assert plain(made["range_key"]) == names["SORT_KEY"]
    assert plain(made["ttl_attribute"]) == names["TTL_ATTRIBUTE"]
    (index,) = (name for name in made["indexes"] if not name.startswith("__"))
    assert index == names["BY_TIME_INDEX"]
    assert plain(made["indexes"][index]["range_key"]) == names["BY_TIME_SORT_KEY"]
