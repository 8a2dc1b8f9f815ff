"""Links that ask for a password: who is let in, and what the others are answered.

The page (``server.password_page``) is a form, which comes back by POST. The admin says whether the password is right
(``links.checking``); then the visitor is sent to the same address again with a cookie (``server.tickets``), which leads
on to the destination. Programs send the password with their GET and need no cookie.

That a link exists and asks for a password is no secret: whoever opens it sees the page. About the password nothing is
told: the admin takes as long for a wrong one as for a link that asks for none.
"""

import asyncio
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from aiohttp import HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError

from clicks.record import LOCKED
from links.checking import MOST_PASSWORD_BYTES, Outcome, Question, Verdict
from server import password_page
from server.answer import Answer
from server.entry import Target
from server.fields import Fields
from server.forwarded import HEADERS, client_address, told
from server.pauses import Pauses
from server.peer import Networks
from server.refusals import BUSY, TIMEOUT, TOO_MANY
from server.target import parse_target
from server.tickets import Tickets, cookies, name_of

MOST_FORM_BYTES = 8_192
"""Of a form: a password of 1,024 bytes takes 3,072, and 9 for the name."""

FORM_SECONDS = 10.0
"""How long a form may take to come."""

MOST_ASKED = 64
"""Questions to the admin at a time, a worker: as many as wait there."""

RETRY_SECONDS = 5
"""What Retry-After says where the admin is away or has too much to do: it is back well within that."""

SEE_OTHER = 303
FORBIDDEN, TOO_LARGE, NOT_A_FORM, BAD = 403, 413, 415, 400

_FORM = "application/x-www-form-urlencoded"
_NO_STORE = (b"Cache-Control", b"no-store")
_EMPTY = (b"Content-Length", b"0")
_VISIBLE = "".join(map(chr, range(ord("!"), ord("~") + 1)))
_IN_COOKIE = _VISIBLE.replace(";", "").replace(",", "")
_WRONG = Verdict(Outcome.WRONG)
_BUSY = Verdict(Outcome.BUSY)

Check = Callable[[Question], Awaitable[Verdict | None]]
"""Asks the admin; ``None`` where it does not answer."""


class Asked(NamedTuple):
    """A request for a link that asks for a password. ``peer``: the other end of its connection; ``again``: what is
    answered by now to whoever has (True) or has not given a password; ``catch_up``: has all that was committed before
    it is called in the table when it is done."""

    request: web.BaseRequest
    fields: Fields
    method: bytes
    target: bytes
    peer: bytes
    page: Answer
    link: Target
    again: Callable[[bool], Answer]
    catch_up: Callable[[], Awaitable[object]]


class _Refused(Exception):
    """A form that cannot be read: the status to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Gate:
    """Lets visitors in. ``clock_ms`` gives epoch milliseconds; ``pauses``: for whoever is sent away without a look at
    his password; ``is_https``: the short links' own addresses are; ``header``: where ``trusted`` proxies name their
    visitor (``server.forwarded.HEADERS``)."""

    def __init__(
        self,
        check: Check,
        tickets: Tickets,
        trusted: Networks,
        clock_ms: Callable[[], int],
        pauses: Pauses,
        *,
        is_https: bool,
        header: str = HEADERS[0],
    ) -> None:
        self._check = check
        self._tickets = tickets
        self._trusted = trusted
        self._clock_ms = clock_ms
        self._pauses = pauses
        self._is_https = is_https
        self._header = header
        self._asking = 0

    async def answer(self, asked: Asked) -> Answer:
        """What is answered."""
        answer = await (self._posted(asked) if asked.method == b"POST" else self._read(asked))
        return answer._replace(body=b"") if asked.method == b"HEAD" and answer.body else answer

    async def _read(self, asked: Asked) -> Answer:
        """GET and HEAD."""
        link = asked.link
        for ticket in cookies(asked.fields(b"cookie"), name_of(link.link_id)):
            if self._tickets.is_good(ticket, link.link_id, link.password, self._clock_ms()):
                return asked.again(True)
        password = _sent_along(asked.fields)
        if password is None:
            return asked.page
        verdict = await self._ask(asked, password)
        if verdict.outcome is Outcome.RIGHT:
            answer = await self._admit(asked, verdict.mark)
            if answer is not None:
                return answer
            verdict = _WRONG
        if verdict.outcome is Outcome.NONE:  # the link was changed or deleted just now: nobody is let in by that
            verdict = _BUSY
        return _refusal(asked, verdict, as_page=b"text/html" in b",".join(asked.fields(b"accept")))

    async def _admit(self, asked: Asked, mark: bytes) -> Answer | None:
        """The answer to whoever gave the password of ``mark``; ``None`` where that is not the link's password any more.

        While the admin was verifying, the password may have been changed, the link deleted and its slug used for
        another: what counts is the table as it is now. The table may as well be the one that lags behind.
        """
        for may_lag in (True, False):
            now = asked.again(False)
            if now.locked is None:  # it asks for no password any more, or there is no such link
                return now
            if now.locked.link_id == asked.link.link_id and now.locked.password == mark:
                return asked.again(True)
            if may_lag:
                await asked.catch_up()
        return None

    async def _posted(self, asked: Asked) -> Answer:
        """POST: the form."""
        try:
            verdict = await self._ask(asked, _password_in(await _form(asked.request)))
        except _Refused as refused:
            return _text(asked, refused.status)
        if verdict.outcome is Outcome.NONE:  # there is nothing to ask for any more: the visitor will see
            return Answer(SEE_OTHER, (_back_to(asked.target), _NO_STORE, _EMPTY), b"")
        if verdict.outcome is Outcome.RIGHT:
            cookie = self._cookie(asked, verdict.mark)
            return Answer(SEE_OTHER, (_back_to(asked.target), cookie, _NO_STORE, _EMPTY), b"")
        return _refusal(asked, verdict, as_page=True)

    async def _ask(self, asked: Asked, password: bytes) -> Verdict:
        if not 1 <= len(password) <= MOST_PASSWORD_BYTES:
            return _WRONG  # no password is like that
        verdict: Verdict | None = _BUSY
        if self._asking < MOST_ASKED:
            self._asking += 1
            try:
                verdict = await self._check(Question(asked.link.link_id, self._address(asked), password))
            finally:
                self._asking -= 1
        if verdict is None or verdict.outcome in (Outcome.BUSY, Outcome.WAIT):
            await self._pauses.pause()
        return verdict or _BUSY

    def _address(self, asked: Asked) -> bytes:
        return client_address(asked.peer, told(asked.fields, self._header), self._trusted)

    def _cookie(self, asked: Asked, mark: bytes) -> tuple[bytes, bytes]:
        """For this link only: no other gets it to see."""
        link = asked.link.link_id
        path = parse_target(asked.target).path.removesuffix(b"/")
        parts = [
            name_of(link) + b"=" + self._tickets.make(link, mark, self._clock_ms()),
            b"Path=" + quote_from_bytes(path, _IN_COOKIE).encode(),
            b"Max-Age=%d" % self._tickets.lifetime_s,
            b"HttpOnly",
            b"SameSite=Lax",
        ]
        proto = asked.fields(b"x-forwarded-proto")
        if self._is_https or (asked.peer in self._trusted and proto[-1:] == (b"https",)):
            parts.append(b"Secure")
        return b"Set-Cookie", b"; ".join(parts)


async def _form(request: web.BaseRequest) -> bytes:
    """The bytes of the form. Raises :class:`_Refused`."""
    if request.content_type != _FORM:
        raise _Refused(NOT_A_FORM)
    if (request.content_length or 0) > MOST_FORM_BYTES:
        raise _Refused(TOO_LARGE)
    if request.version == HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # nothing of the response itself has been written
    form = b""
    try:
        async with asyncio.timeout(None if request.content.is_eof() else FORM_SECONDS):
            while chunk := await request.content.readany():
                form += chunk
                if len(form) > MOST_FORM_BYTES:
                    raise _Refused(TOO_LARGE)
    except TimeoutError:
        raise _Refused(TIMEOUT) from None
    except (HttpProcessingError, web.RequestPayloadError, ConnectionError):
        raise _Refused(BAD) from None
    return form


def _password_in(form: bytes) -> bytes:
    """The field ``password`` of a form; empty where there is none."""
    for field in form.split(b"&"):
        name, _, value = field.partition(b"=")
        if name == b"password":
            return unquote_to_bytes(value.replace(b"+", b" "))
    return b""


def _sent_along(fields: Fields) -> bytes | None:
    """The password in the header: X-Link-Password, or that of Basic authentication (RFC 7617), whoever the user is."""
    for value in fields(b"x-link-password"):
        return value
    for value in fields(b"authorization"):
        scheme, _, credentials = value.partition(b" ")
        if scheme.lower() == b"basic":
            try:
                return b64decode(credentials.strip(), validate=True).partition(b":")[2]
            except Base64Error:
                return b""
    return None


def _back_to(target: bytes) -> tuple[bytes, bytes]:
    """The same address again, without a host: it may be another's (a target in absolute form, ``//host``)."""
    asked = parse_target(target)
    back = b"/" + asked.path.lstrip(b"/")
    if asked.query is not None:
        back += b"?" + asked.query
    return b"Location", quote_from_bytes(back, _VISIBLE).encode()


_STATUSES = {Outcome.WRONG: FORBIDDEN, Outcome.WAIT: TOO_MANY, Outcome.BUSY: BUSY}
_TEXTS = {
    BAD: b"400 Bad Request\n",
    FORBIDDEN: b"403 Wrong password\n",
    TIMEOUT: b"408 Request Timeout\n",
    TOO_LARGE: b"413 Content Too Large\n",
    NOT_A_FORM: b"415 Unsupported Media Type: send password=... as application/x-www-form-urlencoded\n",
    TOO_MANY: b"429 Too many wrong passwords\n",
    BUSY: b"503 Passwords cannot be checked at the moment\n",
}


def _refusal(asked: Asked, verdict: Verdict, *, as_page: bool) -> Answer:
    """For those who are not let in: the page again, or for programs a line."""
    status = _STATUSES[verdict.outcome]
    seconds = {Outcome.WAIT: verdict.seconds, Outcome.BUSY: RETRY_SECONDS}.get(verdict.outcome)
    more = () if seconds is None else ((b"Retry-After", b"%d" % seconds),)
    if not as_page:
        return _text(asked, status, *more)
    if verdict.outcome is Outcome.WAIT:
        body = password_page.wait(verdict.seconds)
    else:
        body = password_page.WRONG if verdict.outcome is Outcome.WRONG else password_page.BUSY
    return Answer(status, password_page.fields(body, *more), body, asked.link.link_id, visit=LOCKED)


def _text(asked: Asked, status: int, *more: tuple[bytes, bytes]) -> Answer:
    body = _TEXTS[status]
    own = (
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", b"%d" % len(body)),
        (b"X-Content-Type-Options", b"nosniff"),
        _NO_STORE,
    )
    return Answer(status, (*own, *more), body, asked.link.link_id, visit=LOCKED)
