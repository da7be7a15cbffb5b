"""The user as whom a service's processes connect to its database: for rows, and nothing else.

One host and `make up` make it as the server's administrator. RDS has none but the owner, who makes
it when the database is migrated.
"""

import hmac
import secrets
from base64 import b64encode
from hashlib import pbkdf2_hmac, sha256

import asyncpg
from sqlalchemy import make_url

_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 30.0
_ITERATIONS = 4096
"""As many as PostgreSQL takes itself."""
_RIGHTS = """
GRANT CONNECT ON DATABASE {database} TO {user};
GRANT USAGE ON SCHEMA public TO {user};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {user};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {user};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {user};
"""
_REFUSED = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)


async def give_rows(owner_url: str, rows_url: str) -> None:
    """Let the user of `rows_url` read and write the rows of its owner's database, for ever.

    A user that is missing, or has another password, is made so; the owner must be allowed to.
    """
    rows = make_url(rows_url)
    user, password = str(rows.username), str(rows.password)
    if user == make_url(owner_url).username:
        return
    is_known = await _is_known(rows_url)
    owner = await _connect(owner_url)
    try:
        if not is_known:
            await _make(owner, user, password)
        quoted = '"' + user.replace('"', '""') + '"'
        database = await owner.fetchval("SELECT quote_ident(current_database())")
        await owner.execute(_RIGHTS.format(user=quoted, database=database))
    finally:
        await owner.close()


async def _is_known(url: str) -> bool:
    """Whether the server knows the user by this password."""
    try:
        connection = await _connect(url)
    except _REFUSED:
        return False
    except asyncpg.InsufficientPrivilegeError:
        return True  # asked after the password: the right to connect is given below
    await connection.close()
    return True


async def _make(owner: asyncpg.Connection, user: str, password: str) -> None:
    """The server logs such statements: it is told what it keeps of a password, not the password."""
    exists = await owner.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", user)
    statement = await owner.fetchval(
        "SELECT format('%s ROLE %I LOGIN PASSWORD %L', $1::text, $2::text, $3::text)",
        "ALTER" if exists else "CREATE",
        user,
        _verifier(password, secrets.token_bytes(16)),
    )
    await owner.execute(statement)


def _verifier(password: str, salt: bytes) -> str:
    """What PostgreSQL keeps of a password by SCRAM-SHA-256 (RFC 5803)."""
    salted = pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt_, stored_, server_ = (b64encode(each).decode() for each in (salt, stored, server))
    return f"SCRAM-SHA-256${_ITERATIONS}:{salt_}${stored_}:{server_}"


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        url.replace("+asyncpg", "", 1), timeout=_CONNECT_SECONDS, command_timeout=_STATEMENT_SECONDS
    )
