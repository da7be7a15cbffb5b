"""Run by Alembic."""

from fotograma_kit.migrations import run_env

from fotograma_video.models import Base

run_env(Base.metadata)
