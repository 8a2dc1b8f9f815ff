"""The page that asks for a password, and its form."""

import asyncio
from typing import Any

import pytest

from clicks.record import LOCKED, REDIRECT
from links.checking import Outcome, Question, Verdict
from server import password_page, passwords
from tests.server.locking import BUSY, FORM, HOST, LOOPBACK, MARK, RIGHT, THERE, WAIT, WRONG, Locked, header
from tests.server.wire import NOW

# The page


@pytest.mark.parametrize("path", [b"/lock", b"/other?a=b", b"/%F0%9F%98%80", b"/lock/"])
async def test_the_page_asks(locked: Locked, path: bytes) -> None:
    reply = await locked.get(path)
    assert (reply.status, reply.body) == (200, password_page.ASK)
    for name, value in password_page.fields(password_page.ASK):
        assert reply[name.decode()] == value.decode()
    assert reply["Location"] is reply["Set-Cookie"] is None
    assert (locked.kinds(), locked.questions) == ([LOCKED], [])


async def test_head_is_answered_as_get_without_the_page(locked: Locked) -> None:
    reply = await locked.get(b"/lock", method=b"HEAD")
    assert (reply.status, reply["Content-Length"]) == (200, str(len(password_page.ASK)))


@pytest.mark.parametrize("method", [b"PUT", b"DELETE", b"OPTIONS"])
async def test_other_methods(locked: Locked, method: bytes) -> None:
    reply = await locked.get(b"/lock", method=method)
    assert (reply.status, reply["Allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize(("path", "status"), [(b"/plain", 405), (b"/nothing", 404)])
async def test_forms_to_what_asks_for_no_password_are_answered_as_ever(
    locked: Locked, path: bytes, status: int
) -> None:
    assert (await locked.post(path, b"password=x")).status == status
    assert locked.questions == []


@pytest.mark.parametrize("settings", [{"enabled": False}, {"expires_ms": NOW}])
async def test_what_is_gone_asks_for_nothing(locked: Locked, settings: dict[str, Any]) -> None:
    locked.put("lock", 1, **settings)
    assert (await locked.get(b"/lock", header(b"x"))).status == 410
    assert (await locked.post(b"/lock", b"password=x")).status == 410
    assert locked.questions == []


# The form


async def test_the_right_password_leads_back_with_a_cookie_and_then_on(locked: Locked) -> None:
    locked.verdict = RIGHT
    reply = await locked.post(b"/lock?a=b", b"x=1&password=p%C3%A4ss+w%26rd&y")
    assert (reply.status, reply["Location"], reply["Cache-Control"]) == (303, "/lock?a=b", "no-store")
    assert locked.questions == [Question(1, LOOPBACK, "päss w&rd".encode())]
    ticket = locked.tickets.make(1, MARK, NOW).decode()
    assert reply["Set-Cookie"] == f"fp_1={ticket}; Path=/lock; Max-Age=600; HttpOnly; SameSite=Lax"
    assert locked.kinds() == []
    reply = await locked.get(b"/lock?a=b", f"Cookie: fp_1={ticket}\r\n".encode())
    assert (reply.status, reply["Location"], reply["Cache-Control"]) == (302, THERE, "private, no-store")
    assert locked.kinds() == [REDIRECT]


async def test_the_cookie_is_for_the_password_that_was_right(locked: Locked) -> None:
    locked.verdict = Verdict(Outcome.RIGHT, mark=b"newer______")  # the table has the old one for a moment
    reply = await locked.post(b"/lock", b"password=x")
    assert locked.tickets.make(1, b"newer______", NOW).decode() in (reply["Set-Cookie"] or "")


@pytest.mark.parametrize(
    ("path", "location", "cookie_path"),
    [
        (b"/%f0%9f%98%80?q=1", "/%f0%9f%98%80?q=1", "/%f0%9f%98%80"),
        (b"/lock/", "/lock/", "/lock"),
        (b"http://s.test/lock?", "/lock?", "/lock"),
        (b"/l%6fck?a=\"';,", "/l%6fck?a=\"';,", "/l%6fck"),
    ],
)
async def test_where_it_leads_back_to(locked: Locked, path: bytes, location: str, cookie_path: str) -> None:
    locked.verdict = RIGHT
    reply = await locked.post(path, b"password=x")
    assert (reply.status, reply["Location"]) == (303, location)
    assert f"; Path={cookie_path};" in (reply["Set-Cookie"] or "")


@pytest.mark.parametrize(
    ("verdict", "status", "retry", "page"),
    [
        (WRONG, 403, None, password_page.WRONG),
        (WAIT, 429, "7", password_page.wait(7)),
        (BUSY, 503, "5", password_page.BUSY),
        (None, 503, "5", password_page.BUSY),
    ],
)
async def test_who_is_not_let_in_sees_the_page_again(
    locked: Locked, verdict: Verdict | None, status: int, retry: str | None, page: bytes
) -> None:
    locked.verdict = verdict
    reply = await locked.post(b"/lock", b"password=x")
    assert (reply.status, reply["Retry-After"], reply.body) == (status, retry, page)
    assert reply["Set-Cookie"] is reply["Location"] is None
    assert reply["Cache-Control"] == "no-store"
    assert locked.kinds() == [LOCKED]


async def test_a_link_that_asks_no_more_is_looked_at_again(locked: Locked) -> None:
    locked.verdict = Verdict(Outcome.NONE)
    reply = await locked.post(b"/lock", b"password=x")
    assert (reply.status, reply["Location"], reply["Set-Cookie"]) == (303, "/lock", None)
    assert (await locked.get(b"/lock", header(b"x"))).status == 503  # nobody is let in by that


@pytest.mark.parametrize("form", [b"", b"password", b"password=", b"pass=x", b"password=" + b"x" * 1_025])
async def test_what_no_password_is_like_is_wrong_without_being_asked(locked: Locked, form: bytes) -> None:
    locked.verdict = RIGHT
    assert (await locked.post(b"/lock", form)).status == 403
    assert locked.questions == []


@pytest.mark.parametrize(
    "fields", [b"", b"Content-Type: application/json\r\n", b"Content-Type: multipart/form-data; boundary=x\r\n"]
)
async def test_what_is_no_form(locked: Locked, fields: bytes) -> None:
    reply = await locked.post(b"/lock", b"password=x", fields)
    assert (reply.status, locked.questions) == (415, [])


async def test_a_form_that_is_too_large(locked: Locked) -> None:
    assert (await locked.post(b"/lock", b"password=" + b"x" * 9_000)).status == 413
    chunked = b"2400\r\n" + b"x" * 0x2400 + b"\r\n0\r\n\r\n"
    head = b"POST /lock HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n"
    (reply,) = await locked.ask(head + chunked)
    assert (reply.status, locked.questions) == (413, [])


async def test_a_form_in_chunks_and_one_behind_it(locked: Locked) -> None:
    head = b"POST /lock HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n"
    form = head + b"9\r\npassword=\r\n3\r\nabc\r\n0\r\n\r\n"
    replies = await locked.ask(form, form, b"GET /plain HTTP/1.1\r\n" + HOST + b"\r\n")
    assert [reply.status for reply in replies] == [403, 403, 301]
    assert [question.password for question in locked.questions] == [b"abc", b"abc"]


async def test_a_client_that_waits_to_be_told_to_go_on(locked: Locked) -> None:
    client = await locked.connect()
    client.send(b"POST /lock HTTP/1.1\r\n" + HOST + FORM + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n")
    async with asyncio.timeout(10):
        assert await client._reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"password=x")
    assert (await client.reply()).status == 403


async def test_a_form_that_does_not_come(locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "FORM_SECONDS", 0.05)
    client = await locked.connect()
    client.send(b"POST /lock HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 10\r\n\r\npassw")
    assert (await client.reply()).status == 408
    assert locked.questions == []


async def test_a_client_that_goes_in_the_middle_leaves_no_trace(
    locked: Locked, caplog: pytest.LogCaptureFixture
) -> None:
    client = await locked.connect()
    client.send(b"POST /lock HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 10\r\n\r\npassw")
    await asyncio.sleep(0.05)
    await client.close()
    assert (await locked.get(b"/lock")).status == 200
    assert (locked.questions, caplog.records) == ([], [])


# The admin's time


@pytest.mark.parametrize(("verdict", "pauses"), [(WRONG, 0), (RIGHT, 0), (WAIT, 1), (BUSY, 1), (None, 1)])
async def test_who_was_not_looked_at_is_answered_later(
    locked: Locked, monkeypatch: pytest.MonkeyPatch, verdict: Verdict | None, pauses: int
) -> None:
    locked.verdict, waited = verdict, []

    async def note() -> None:
        waited.append(True)

    monkeypatch.setattr(locked.pauses, "pause", note)
    await locked.post(b"/lock", b"password=x")
    assert len(waited) == pauses


async def test_questions_to_the_admin_are_limited(locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MOST_ASKED", 2)
    go = asyncio.Event()

    async def hold(question: Question) -> Verdict:
        locked.questions.append(question)
        await go.wait()
        return WRONG

    monkeypatch.setattr(locked.gate, "_check", hold)
    waiting = [asyncio.ensure_future(locked.post(b"/lock", b"password=x")) for _ in range(2)]
    async with asyncio.timeout(10):
        while len(locked.questions) < 2:
            await asyncio.sleep(0.001)
    assert (await locked.post(b"/lock", b"password=x")).status == 503
    go.set()
    assert [reply.status for reply in await asyncio.gather(*waiting)] == [403, 403]
    assert (await locked.post(b"/lock", b"password=x")).status == 403
