"""A receiver that serves while a client talks to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from scenarios.monitoring.wire.address import LOOPBACK
from scenarios.monitoring.wire.receive import Receiver


def serve_while(receiver: Receiver, client: Callable[[int], Awaitable[Any]]) -> None:
    """Serve on a free port of this machine until `client`, given the port, has talked."""

    async def serve() -> None:
        stop = asyncio.Event()
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(
            receiver.serve(LOOPBACK, 0, lambda _, number: port.set_result(number), stop)
        )
        try:
            await client(await port)
        finally:
            stop.set()
            await serving

    asyncio.run(serve())
