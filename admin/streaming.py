"""An answer that is made while it is sent: no faster than the client takes it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

SEND_S = 60.0
"""Seconds for a chunk. A client that takes nothing for so long has gone, and holds up a place for nothing."""


class Chunks(Payload):
    """The body of a response. ``chunks`` is closed at the end, and where the client goes away."""

    _value: AsyncGenerator[bytes, None]

    def __init__(self, chunks: AsyncGenerator[bytes, None], send_s: float = SEND_S) -> None:
        super().__init__(chunks, content_type="application/octet-stream")
        self._send_s = send_s

    async def write(self, writer: AbstractStreamWriter) -> None:
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Raises ``ConnectionError`` where the client has gone, which ends the connection."""
        try:
            async for chunk in self._value:
                async with asyncio.timeout(self._send_s):
                    await writer.write(chunk)
        except TimeoutError as error:
            raise ConnectionResetError("the client takes nothing") from error
        finally:
            await self._value.aclose()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> Any:
        raise TypeError("it is made while it is sent")
