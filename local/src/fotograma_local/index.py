"""The page at the gateway's root, which says where things are."""

from html import escape

from fotograma_local.aws import Aws
from fotograma_local.rabbitmq import RabbitMQ
from fotograma_local.services import API_PROCESSES

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Fotograma</title>
<style>body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; }}</style>
<h1>Fotograma</h1>
<p>Upload a video, get its frames.</p>
<ul>
{links}
</ul>
"""


def index_page(aws: Aws, rabbitmq: RabbitMQ) -> str:
    """HTML with a link to everything a developer may want to look at."""
    links = [(f"{prefix}/docs", f"API of {prefix[1:]}") for prefix in API_PROCESSES] + [
        (aws.mailbox_url, "Mailbox: the mail that was sent"),
        (rabbitmq.management_url, "RabbitMQ"),
    ]
    return _PAGE.format(
        links="\n".join(
            f'<li><a href="{escape(target)}">{escape(text)}</a></li>' for target, text in links
        )
    )
