"""Queries of logs and traces, in dashboards and documents, are queries by Grafana's grammars."""

import re
from collections.abc import Iterator

from fixtures.dashboards import DASHBOARDS, asked_at_first, data_source
from fixtures.documents import DOCUMENTS
from fixtures.grafana import Query, failures

LANGUAGES = {"logql": "loki", "traceql": "tempo"}
INTERVALS = re.compile(r"\[\$__\w+\]")
"""What Grafana puts a duration in place of."""
MACRO = re.compile(r"\$+\{__[^}]*\}|<[a-z-]+>")
"""What Grafana, or whoever reads a document, puts an id in place of."""
ID = "0af7651916cd43dd8448eb211c80319c"


def written() -> Iterator[Query]:
    """All queries, as they are asked."""
    for language, source in LANGUAGES.items():
        for path in DASHBOARDS:
            for query in asked_at_first(path, source):
                yield language, INTERVALS.sub("[5m]", query)
        for path in DOCUMENTS:
            block = rf"^```{language}\n(.*?)\n```$"
            for query in re.findall(block, path.read_text(), re.MULTILINE | re.DOTALL):
                yield language, MACRO.sub(ID, query)
    yield "logql", MACRO.sub(ID, data_source("tempo")["jsonData"]["tracesToLogsV2"]["query"])


def test_queries_are_of_their_language() -> None:
    asked = list(written())
    assert {language for language, _ in asked} == set(LANGUAGES)
    found = zip(asked, failures(asked), strict=True)
    assert {query: failure for (_, query), failure in found if failure} == {}


def test_queries_that_are_none_are_found() -> None:
    wrong = [
        ("logql", '{service=~".+"'),
        ("logql", '{service=~".+"} | json | | level="error"'),
        ("logql", 'sum by (service) (count_over_time({service="worker"}))'),
        ("traceql", "{ status = error"),
        ("traceql", "{ resource.service.name == }"),
    ]
    assert all(failures(wrong))
