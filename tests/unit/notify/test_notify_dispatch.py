"""One mail per outcome, whatever happens on the way."""

import asyncio
from dataclasses import replace

import pytest
