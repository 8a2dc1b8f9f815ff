"""Who is let in without the form: cookies, and passwords that programs send along."""

import pytest

from clicks.record import REDIRECT
from links.checking import Verdict
from server import password_page
from server.peer import Networks, peer_bytes
from tests.server.locking import BUSY, FORM, LOOPBACK, MARK, RIGHT, THERE, WAIT, WRONG, Locked, basic, cookie, header
from tests.server.wire import NOW

# Cookies


@pytest.mark.parametrize(("link", "mark"), [(2, MARK), (1, b"another_one")])
async def test_another_links_or_passwords_cookie_is_none(locked: Locked, link: int, mark: bytes) -> None:
    value = locked.tickets.make(link, mark, NOW)
    assert (await locked.get(b"/lock", b"Cookie: fp_1=" + value + b"\r\n")).status == 200


async def test_cookies_end(locked: Locked) -> None:
    value = locked.tickets.make(1, MARK, NOW - 600_000)
    assert (await locked.get(b"/lock", b"Cookie: fp_1=" + value + b"\r\n")).status == 200


async def test_a_protected_link_is_a_302_that_nobody_keeps(locked: Locked) -> None:
    reply = await locked.get(b"/other", cookie(locked, 2))
    assert (reply.status, reply["Cache-Control"]) == (302, "private, no-store")


async def test_the_query_is_forwarded_after_the_password(locked: Locked) -> None:
    reply = await locked.get(b"/%F0%9F%98%80?a=b", cookie(locked, 3))
    assert reply["Location"] == THERE + "?a=b"


@pytest.mark.parametrize(
    ("fields", "is_https", "secure"),
    [
        (b"", False, False),
        (b"", True, True),
        (b"X-Forwarded-Proto: https\r\n", False, True),
        (b"X-Forwarded-Proto: http\r\n", False, False),
    ],
)
async def test_over_https_the_cookie_stays_there(locked: Locked, fields: bytes, is_https: bool, secure: bool) -> None:
    locked.verdict, locked.gate._is_https = RIGHT, is_https
    reply = await locked.post(b"/lock", b"password=x", FORM + fields)
    assert ("; Secure" in (reply["Set-Cookie"] or "")) is secure


async def test_what_strangers_say_of_https_and_addresses_is_not_believed(locked: Locked) -> None:
    locked.verdict, locked.gate._trusted = RIGHT, Networks(())
    fields = FORM + b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.9\r\n"
    reply = await locked.post(b"/lock", b"password=x", fields)
    assert "Secure" not in (reply["Set-Cookie"] or "")
    assert locked.questions[0].address == LOOPBACK


async def test_a_trusted_proxys_visitor_is_who_asks(locked: Locked) -> None:
    await locked.post(b"/lock", b"password=x", FORM + b"X-Forwarded-For: 198.51.100.1, 192.0.2.9\r\n")
    assert locked.questions[0].address == peer_bytes(("192.0.2.9", 0))


# Programs


@pytest.mark.parametrize(
    ("fields", "password"),
    [
        (header(b"secret"), b"secret"),
        (header("pässword".encode()), "pässword".encode()),
        (basic(b"anyone:sec:ret"), b"sec:ret"),
        (basic(b":secret").replace(b"Basic", b"bASIC"), b"secret"),
        (header(b"secret") + basic(b"u:other"), b"secret"),
    ],
)
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
async def test_a_program_is_redirected_at_once(locked: Locked, fields: bytes, password: bytes, method: bytes) -> None:
    locked.verdict = RIGHT
    reply = await locked.get(b"/lock", fields, method)
    assert (reply.status, reply["Location"], reply["Set-Cookie"]) == (302, THERE, None)
    assert [question.password for question in locked.questions] == [password]
    assert locked.kinds() == [REDIRECT]


@pytest.mark.parametrize(
    ("verdict", "status", "retry"), [(WRONG, 403, None), (WAIT, 429, "7"), (BUSY, 503, "5"), (None, 503, "5")]
)
async def test_a_program_is_told_in_a_line(
    locked: Locked, verdict: Verdict | None, status: int, retry: str | None
) -> None:
    locked.verdict = verdict
    reply = await locked.get(b"/lock", header(b"secret"))
    assert (reply.status, reply["Retry-After"]) == (status, retry)
    assert reply["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.body.startswith(b"%d " % status)
    assert reply.body.count(b"\n") == 1
    assert (await locked.get(b"/lock", header(b"secret"), b"HEAD")).status == status


async def test_a_browser_that_sends_another_sites_credentials_along_sees_the_page(locked: Locked) -> None:
    fields = basic(b"user:of the proxy") + b"Accept: text/html,*/*;q=0.8\r\n"
    reply = await locked.get(b"/lock", fields)
    assert (reply.status, reply.body) == (403, password_page.WRONG)
    assert (await locked.get(b"/lock", fields + cookie(locked))).status == 302


@pytest.mark.parametrize("fields", [b"Authorization: Basic %%%\r\n", b"Authorization: Basic\r\n", header(b"")])
async def test_broken_credentials_are_wrong(locked: Locked, fields: bytes) -> None:
    assert (await locked.get(b"/lock", fields)).status == 403
    assert locked.questions == []


async def test_another_scheme_is_no_password(locked: Locked) -> None:
    assert (await locked.get(b"/lock", b"Authorization: Bearer x\r\n")).status == 200
