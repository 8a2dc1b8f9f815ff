"""A uvloop server that writes a constant, received in one of asyncio's two ways.

    python -m bench.protocol_reference protocol|buffered PORT

``protocol``: each read comes as new bytes (``asyncio.Protocol``). ``buffered``: reads go into one buffer that all
connections share (``asyncio.BufferedProtocol``), and the head is copied out of it: it must be bytes to be looked up.
"""

import asyncio
import sys

import uvloop

from bench.contestants import CONSTANT

RESPONSE = f"HTTP/1.1 301 Moved Permanently\r\nLocation: {CONSTANT}\r\nContent-Length: 0\r\n\r\n".encode()
BUFFER_BYTES = 256_000
"""What uvloop reads at most."""

BACKLOG = 4_096
_buffer = memoryview(bytearray(BUFFER_BYTES))


class Plain(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data[-4:] == b"\r\n\r\n":
            self._transport.write(RESPONSE)  # type: ignore[attr-defined]


class Buffered(asyncio.BufferedProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return _buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(_buffer[:nbytes])
        if data[-4:] == b"\r\n\r\n":
            self._transport.write(RESPONSE)  # type: ignore[attr-defined]


async def serve(kind: str, port: int) -> None:
    factory = {"protocol": Plain, "buffered": Buffered}[kind]
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", port, backlog=BACKLOG)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(sys.argv[1], int(sys.argv[2])))
