"""Write the rules of Prometheus for Kubernetes, whose operator wants them in objects."""

import sys
from pathlib import Path

import yaml

RULES = Path(__file__).parents[1] / "deploy" / "compose" / "prometheus" / "rules"

sys.stdout.write("# Written by `make documents` from deploy/compose/prometheus/rules.\n")
yaml.safe_dump_all(
    (
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": f"fotograma-{path.stem}"},
            "spec": yaml.safe_load(path.read_text()),
        }
        for path in sorted(RULES.glob("*.yml"))
        if not path.stem.endswith("_test")
    ),
    sys.stdout,
    sort_keys=False,
    width=100,
)
