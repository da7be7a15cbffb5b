"""Carries TCP connections from published ports to internal services, for a developer's eyes.

    relay.py ADDRESS PORT=HOST:PORT …

`ADDRESS` is the one to listen on: a name of this container in the one network from which it may
be reached, so that the networks it connects stay apart.
"""

import asyncio
import sys
from functools import partial

CHUNK_BYTES = 64 * 1024


async def main(address: str, routes: list[str]) -> None:
    """Listen for every route until ended."""
    servers = []
    for route in routes:
        port, _, target = route.partition("=")
        host, _, target_port = target.rpartition(":")
        connect = partial(relay, host, int(target_port))
        servers.append(await asyncio.start_server(connect, address, int(port)))
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def relay(
    host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One connection, both ways, until both are done."""
    try:
        far_reader, far_writer = await asyncio.open_connection(host, port)
    except OSError as error:
        print(f"{host}:{port} is not reached: {error}", flush=True)
        writer.close()
        return
    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything that is read, then the end of it."""
    try:
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError as error:
        print(f"a connection broke: {error}", flush=True)
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
