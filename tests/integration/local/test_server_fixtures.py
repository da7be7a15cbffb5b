"""The fixtures other tests rely on give real, empty, working servers."""

import re

import aio_pika
import asyncpg
import httpx
from fixtures.compose import ROOT
from fotograma_local.aws import Aws
from fotograma_local.rabbitmq import RabbitMQ


async def test_database_is_empty_and_belongs_to_its_user(database_url: str) -> None:
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        await connection.execute("CREATE TABLE t (name text)")
        await connection.execute("INSERT INTO t VALUES ('São João')")
        assert await connection.fetchval("SELECT upper(name) FROM t") == "SÃO JOÃO"
        assert not await connection.fetchval(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        )
    finally:
        await connection.close()


async def test_virtual_host_takes_messages(rabbitmq: RabbitMQ, rabbitmq_url: str) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("q", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(b"hello"), "q")
        message = await queue.get(timeout=5)
        await message.ack()
    assert message.body == b"hello"
    assert list(rabbitmq.queues(rabbitmq_url.rsplit("/", 1)[-1])) == ["q"]


def test_presigned_upload_of_a_page_is_readable(s3_server: Aws, bucket: str) -> None:
    s3 = s3_server.client("s3")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    answer = httpx.put(url, content=b"frame", headers={"Origin": "http://page"})
    assert answer.headers["Access-Control-Expose-Headers"] in {"*", "ETag"}
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"frame"


def test_bucket_has_the_rule_that_terraform_gives_it(s3_server: Aws, bucket: str) -> None:
    module = ROOT / "infra/terraform/modules/video-bucket"
    (rule,) = s3_server.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert f'id     = "{rule["ID"]}"' in (module / "main.tf").read_text()
    days = re.search(
        r'"abort_uploads_days".*?default\s+= (\d+)',
        (module / "variables.tf").read_text(),
        re.DOTALL,
    )
    assert days
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": int(days[1])}


def test_queue_gives_up_after_five_receipts(aws: Aws, queue_url: str) -> None:
    sqs = aws.client("sqs")
    sqs.send_message(QueueUrl=queue_url, MessageBody="poison")
    for _ in range(5):
        received = sqs.receive_message(QueueUrl=queue_url, VisibilityTimeout=0)
        assert received["Messages"][0]["Body"] == "poison"
    assert "Messages" not in sqs.receive_message(QueueUrl=queue_url)
    dead = sqs.get_queue_url(QueueName=queue_url.rsplit("/", 1)[-1] + "-dlq")["QueueUrl"]
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "poison"


def test_table_has_the_schema_and_expires_items(aws: Aws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
    assert dynamodb.scan(TableName=table)["Count"] == 1
    expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_mail_lands_in_the_mailbox(aws: Aws) -> None:
    ses = aws.client("sesv2")
    ses.create_email_identity(EmailIdentity="example.org")
    ses.send_email(
        FromEmailAddress="Fotograma <no-reply@example.org>",
        Destination={"ToAddresses": ["fixtures@example.com"]},
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "text"}}}},
    )
    mails = [mail for mail in aws.mailbox() if mail["To"] == ["fixtures@example.com"]]
    assert [mail["Subject"] for mail in mails] == ["Hi"]
