"""Requests that the APIs must refuse: sent over real sockets, with what the database held before and after."""

import json
import socket
import sqlite3
from contextlib import closing
from typing import Any

from tests.flows.product import KEY, Product, parse_response

TABLES = ("links", "codes", "link_labels", "link_changes")


def stored(product: Product) -> dict[str, int]:
    """Rows of each table that a link goes to."""
    with closing(sqlite3.connect(f"file:{product.data}/links.db?mode=ro", uri=True)) as database:
        return {table: database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in TABLES}


def post(product: Product, path: str, body: Any, **headers: str) -> tuple[int, Any]:
    """(status, JSON). ``body`` is sent as it is where it is bytes; ``headers`` have ``_`` for ``-``."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    status, _, answer = product.request(
        product.api_port, "POST", path, data, {name: value for name, value in sent.items() if value}
    )
    return status, json.loads(answer)


def post_raw(product: Product, head: bytes, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of a request whose head is written out, but for address and key. The answer is all
    that is waited for: a server may keep the connection until it has thrown a body away."""
    always = f"Host: localhost:{product.api_port}\r\nAuthorization: Bearer {KEY}\r\n"
    with socket.create_connection(("127.0.0.1", product.api_port), timeout=30) as sock:
        line, _, rest = head.partition(b"\r\n")
        sock.sendall(line + b"\r\n" + always.encode() + rest + b"\r\n\r\n" + body)
        data = b""
        while b"\r\n\r\n" not in data:
            data += _some(sock)
        status, headers, answer = parse_response(data)
        while len(answer) < int(headers["content-length"]):
            answer += _some(sock)
    return status, headers, answer


def _some(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    assert data, "the connection ended in the middle of an answer"
    return data


def xqr_details(answer: tuple[int, Any]) -> dict[str, str]:
    """What is wrong with each field, of a 400 of the XQR API whose message says the same."""
    status, body = answer
    error = body["error"]
    assert (status, error["code"], error["status"]) == (400, "VALIDATION_ERROR", 400), body
    assert list(body) == ["error", "meta"]
    for detail in error["details"]:
        assert f"{detail['field']}: {detail['message']}" in error["message"]
    return {detail["field"]: detail["message"] for detail in error["details"]}


def divsly_details(answer: tuple[int, Any]) -> dict[str, str]:
    """What is wrong with each field, of a 400 of the Divsly API."""
    status, body = answer
    assert (status, body["error"], body["data"]["message"]) == (400, True, "Bad Request"), body
    return {error["field"]: error["message"] for error in body["data"]["errors"]}
