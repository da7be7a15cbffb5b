"""What needs the tools of a deployment. Only where it is asked for by name: `make check-deploy`."""

import pytest


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave this folder out unless it was named."""
    asked_for = any("tests/deploy" in str(argument) for argument in config.args)
    return None if asked_for else True
