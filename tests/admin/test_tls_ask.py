"""Who may ask for certificates, and for which names."""

import pytest

from admin import tls_ask
from tests.admin.domains import domain


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *((address, True) for address in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")),
        *(
            (address, False)
            for address in ("192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "fe80::1%lo", "", "x", None)
        ),
    ],
)
def test_what_is_of_this_machine(address, expected):
    assert tls_ask.is_loopback(address) is expected


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?domain=go.example.com", 200),
        ("?domain=pending.example", 404),
        ("?domain=unknown.example", 404),
        ("?domain=go.example.com&domain=go.example.com", 404),
        ("?domain=" + "x" * 5000, 404),
        ("?domain=", 404),
        ("", 404),
    ],
)
async def test_names(admin, query, status):
    admin.domains.domains = {1: domain(), 2: domain(2, "pending.example", status="pending")}
    async with admin.client.get("/tls/allowed" + query) as response:
        assert (response.status, await response.read()) == (status, b"")


async def test_strangers_learn_nothing(admin, monkeypatch):
    admin.domains.domains = {1: domain()}
    monkeypatch.setattr(tls_ask, "is_loopback", lambda address: False)
    async with admin.client.get("/tls/allowed?domain=go.example.com") as response:
        assert response.status == 403
