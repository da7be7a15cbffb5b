"""Write the next migration of a service: `make migration SERVICE=video M="Remember who paid"`.

A PostgreSQL of its own is brought to the newest revision, and what the models have beside it is
written as Alembic's operations, for a person to read and correct. The file's name is the next
number and the first words of what is said. Exits with 2 where the arguments are wrong.
"""

import asyncio
import re
import secrets
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from fotograma_kit.migrations import upgrade
from fotograma_local.ports import free_ports
from fotograma_local.postgres import Postgres, PostgresServer
from fotograma_local.processes import dismiss_together
from sqlalchemy import Connection, MetaData, pool
from sqlalchemy.ext.asyncio import create_async_engine

SERVICES = Path(__file__).resolve().parents[1] / "services"
MIGRATION = '''"""{summary}."""

import sqlalchemy as sa
from alembic import op

revision: str = "{revision}"
down_revision: str | None = {before}
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Say here what the release before finds, which runs beside this one."""
{forward}


def downgrade() -> None:
    """Restore the tables of the revision before."""
{back}
'''


def versions(service: str) -> Path:
    """The folder of a service's migrations."""
    return SERVICES / service / f"src/fotograma_{service}/migrations/versions"


def path_of(folder: Path, summary: str) -> tuple[str | None, Path]:
    """The newest revision in `folder`, and the file of the next: 0009_remember_who_paid.py."""
    numbers = sorted(path.name[:4] for path in folder.glob("[0-9][0-9][0-9][0-9]_*.py"))
    slug = "_".join(re.findall(r"[a-z0-9]+", summary.lower())[:4])
    before = numbers[-1] if numbers else None
    return before, folder / f"{int(before or 0) + 1:04}_{slug}.py"


def migration(service: str, summary: str, before: str | None, revision: str) -> str:
    """The text of the file."""
    metadata: MetaData = import_module(f"fotograma_{service}.models").Base.metadata
    with tempfile.TemporaryDirectory() as folder:
        forward, back = asyncio.run(_with_postgres(service, metadata, Path(folder)))
    return MIGRATION.format(
        summary=summary.rstrip("."),
        revision=revision,
        before=f'"{before}"' if before else None,
        forward=forward,
        back=back,
    )


async def _with_postgres(service: str, metadata: MetaData, folder: Path) -> tuple[str, str]:
    (port,) = free_ports(1)
    server = PostgresServer(
        folder / "postgres",
        port=port,
        password=secrets.token_urlsafe(),
        log=folder / "postgres.log",
        durable=False,
    )
    server.disposable = True
    server.start()
    try:
        return await _operations(service, metadata, server.address)
    finally:
        dismiss_together([server])


async def _operations(service: str, metadata: MetaData, postgres: Postgres) -> tuple[str, str]:
    """The bodies of `upgrade` and `downgrade`."""
    url = await postgres.create_database(service, owner=service, password=secrets.token_urlsafe())
    await asyncio.to_thread(upgrade, f"fotograma_{service}.migrations", url)
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        found = await connection.run_sync(_compare, metadata)
    await engine.dispose()
    return found


def _compare(connection: Connection, metadata: MetaData) -> tuple[str, str]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    script = produce_migrations(context, metadata)
    if script.upgrade_ops is None or script.downgrade_ops is None:
        raise AssertionError("Alembic makes both for one database")
    return _body(render_python_code(script.upgrade_ops)), _body(
        render_python_code(script.downgrade_ops)
    )


def _body(code: str) -> str:
    """Alembic's lines but for its comments: all of them are indented, save the first."""
    lines = [line for line in f"    {code}".splitlines() if not line.lstrip().startswith("# ###")]
    return "\n".join(lines)


def main(service: str, summary: str) -> int:
    """Write the file and print its path."""
    folders = {path.parts[-5]: path for path in SERVICES.glob("*/src/*/migrations/versions")}
    if service not in folders or not summary.strip():
        usage = f'make migration SERVICE={"|".join(sorted(folders))} M="what it changes"'
        print(usage, file=sys.stderr)
        return 2
    before, path = path_of(folders[service], summary)
    path.write_text(migration(service, summary, before, path.name[:4]))
    print(path.relative_to(SERVICES.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
