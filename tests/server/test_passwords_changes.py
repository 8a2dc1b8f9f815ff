"""Links that are changed while the admin verifies: what counts is the table when the visitor is let in."""

import asyncio
from collections.abc import Callable

import pytest

from clicks.record import REDIRECT
from links.checking import Question, Verdict
from links.slug import slug_path
from server.entry import pack
from tests.server.locking import MARK, RIGHT, THERE, Locked, cookie, header
from tests.server.wire import PATIENCE, Reply

NEWER = b"newer______"
OTHER = b"https://e.com/other"


class SlowAdmin:
    """Says RIGHT, but not before the test wants it."""

    def __init__(self, locked: Locked, monkeypatch: pytest.MonkeyPatch, mark: bytes = MARK) -> None:
        self._locked = locked
        self._mark = mark
        self._asked = asyncio.Event()
        self._go = asyncio.Event()
        monkeypatch.setattr(locked.gate, "_check", self._check)

    async def _check(self, question: Question) -> Verdict:
        self._asked.set()
        await self._go.wait()
        return RIGHT._replace(mark=self._mark)

    async def while_it_verifies(self, change: Callable[[], object], ask: Callable[[], object]) -> Reply:
        """The answer to what ``ask`` sends, where ``change`` comes before the verdict."""
        asking = asyncio.ensure_future(ask())  # type: ignore[arg-type]
        async with asyncio.timeout(PATIENCE):
            await self._asked.wait()
            change()
            self._go.set()
            reply: Reply = await asking
        return reply


@pytest.fixture
def admin(locked: Locked, monkeypatch: pytest.MonkeyPatch) -> SlowAdmin:
    return SlowAdmin(locked, monkeypatch)


def put(locked: Locked, link: int, location: bytes, mark: bytes) -> None:
    locked.table.put(b"", b"lock", pack(link, location, password=mark))


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
async def test_the_old_password_lets_nobody_in(locked: Locked, admin: SlowAdmin, method: bytes) -> None:
    reply = await admin.while_it_verifies(
        lambda: locked.put("lock", 1, password=NEWER), lambda: locked.get(b"/lock", header(b"old"), method)
    )
    assert (reply.status, reply["Location"], reply["Set-Cookie"]) == (403, None, None)


async def test_the_old_password_gives_no_cookie_that_lets_in(locked: Locked, admin: SlowAdmin) -> None:
    reply = await admin.while_it_verifies(
        lambda: locked.put("lock", 1, password=NEWER), lambda: locked.post(b"/lock", b"password=old")
    )
    assert reply.status == 303
    ticket = (reply["Set-Cookie"] or "").partition(";")[0].encode()
    assert (await locked.get(b"/lock", b"Cookie: " + ticket + b"\r\n")).status == 200


async def test_another_link_of_that_slug_is_not_entered(locked: Locked, admin: SlowAdmin) -> None:
    # With the same mark: it is the link that tells them apart.
    reply = await admin.while_it_verifies(
        lambda: put(locked, 5, OTHER, MARK), lambda: locked.get(b"/lock", header(b"x"))
    )
    assert (reply.status, reply["Location"]) == (403, None)


async def test_a_password_that_stays_lets_in_to_where_the_link_leads_now(locked: Locked, admin: SlowAdmin) -> None:
    reply = await admin.while_it_verifies(
        lambda: put(locked, 1, OTHER, MARK), lambda: locked.get(b"/lock", header(b"x"))
    )
    assert (reply.status, reply["Location"]) == (302, OTHER.decode())
    assert locked.kinds() == [REDIRECT]
    assert locked.feed.asked == 0


async def test_a_link_that_asks_no_more_is_open(locked: Locked, admin: SlowAdmin) -> None:
    reply = await admin.while_it_verifies(
        lambda: locked.table.put(b"", b"lock", pack(1, OTHER)), lambda: locked.get(b"/lock", header(b"x"))
    )
    assert (reply.status, reply["Location"]) == (301, OTHER.decode())


async def test_a_link_that_is_switched_off_is_gone(locked: Locked, admin: SlowAdmin) -> None:
    reply = await admin.while_it_verifies(
        lambda: locked.put("lock", 1, enabled=False), lambda: locked.get(b"/lock", header(b"x"))
    )
    assert (reply.status, reply["Location"]) == (410, None)


async def test_a_table_that_lags_behind_catches_up(locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = SlowAdmin(locked, monkeypatch, NEWER)  # the admin knows the newer password already
    locked.feed.pending = {slug_path("lock"): pack(1, THERE.encode(), password=NEWER)}
    reply = await admin.while_it_verifies(lambda: None, lambda: locked.get(b"/lock", header(b"new")))
    assert (reply.status, reply["Location"], locked.feed.asked) == (302, THERE, 1)


async def test_a_cookie_of_the_old_password_ends_with_it(locked: Locked) -> None:
    assert (await locked.get(b"/lock", cookie(locked))).status == 302
    locked.put("lock", 1, password=NEWER)
    assert (await locked.get(b"/lock", cookie(locked))).status == 200
