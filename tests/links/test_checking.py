"""The lines of questions and answers, and a question to a real hub."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from links import checking
from links.checking import Asker, Outcome, Question, Verdict, question_line, read_question, read_verdict, verdict_line
from links.hub import Hub
from links.locks import DataLock
from links.socketpath import FILE_NAME

ADDRESS = bytes(range(16))
QUESTION = Question(7, ADDRESS, "pass wörd\n\0".encode())


@pytest.mark.parametrize("password", [b"x", b"\0\n \xff", b"-" * 1_024])
def test_a_question_comes_as_it_was_sent(password: bytes) -> None:
    question = Question(2**56 - 1, ADDRESS, password)
    line = question_line(question)
    assert len(line) <= checking.LINE_BYTES
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read_question(line.split()[1:]) == question


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"7 000102030405060708090a0b0c0d0e0f",
        b"x 000102030405060708090a0b0c0d0e0f c2VjcmV0",
        b"7 0001 c2VjcmV0",
        b"7 zz0102030405060708090a0b0c0d0e0f c2VjcmV0",
        b"7 \xff\xff c2VjcmV0",
        b"7 000102030405060708090a0b0c0d0e0f c2V",
        b"7 000102030405060708090a0b0c0d0e0f ====",
        b"7 000102030405060708090a0b0c0d0e0f c2VjcmV0 more",
        question_line(Question(7, ADDRESS, b"x" * 1_025)).removeprefix(b"CHECK "),
    ],
)
def test_nonsense_is_refused_without_being_repeated(words: bytes) -> None:
    with pytest.raises(ValueError, match="^not a question$") as caught:
        read_question(words.split())
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        (Verdict(Outcome.RIGHT, mark=b"456789+/abc"), b"RIGHT 456789+/abc\n"),
        (Verdict(Outcome.WAIT, seconds=300), b"WAIT 300\n"),
        (Verdict(Outcome.WRONG), b"WRONG\n"),
        (Verdict(Outcome.BUSY), b"BUSY\n"),
        (Verdict(Outcome.NONE), b"NONE\n"),
    ],
)
def test_an_answer_is_a_line(verdict: Verdict, line: bytes) -> None:
    assert verdict_line(verdict) == line
    assert read_verdict(line) == verdict


@pytest.mark.parametrize("line", [b"", b"\n", b"GO 7\n", b"WAIT\n", b"WAIT x\n"])
def test_no_answer_is_one(line: bytes) -> None:
    with pytest.raises(ValueError):
        read_verdict(line)


class Admin:
    """A hub whose answers are given by the test."""

    def __init__(self, data_dir: Path) -> None:
        self.lock = DataLock(data_dir)
        self.hub = Hub(data_dir, self.lock, lambda: 0.0, self.check)
        self.asked: list[Question] = []
        self.verdict: Verdict | Exception = Verdict(Outcome.WRONG)
        self.answer: Callable[[Question], Awaitable[Verdict]] | None = None
        self._seen: set[object] = set()

    @property
    def connections(self) -> int:
        """That are open now."""
        return len(self.hub._streams)

    @property
    def connections_made(self) -> int:
        """That were open when a question came."""
        return len(self._seen)

    async def check(self, question: Question) -> Verdict:
        self._seen.update(self.hub._streams)
        if self.answer is not None:
            return await self.answer(question)
        self.asked.append(question)
        await asyncio.sleep(0)
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    admin = Admin(tmp_path)
    await admin.hub.start(1)
    yield admin
    await admin.hub.close()
    admin.lock.close()


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    asker = Asker(tmp_path)
    yield asker
    asker.close()


async def test_the_hub_passes_questions_on(admin: Admin, asker: Asker) -> None:
    admin.verdict = Verdict(Outcome.RIGHT, mark=b"m" * 11)
    assert await asker.ask(QUESTION) == admin.verdict
    assert admin.asked == [QUESTION]
    assert admin.hub.workers == 0


async def test_many_questions_at_once(admin: Admin, asker: Asker) -> None:
    """Each gets the answer to its own question, over connections that are new and over those that were kept."""
    questions = [Question(link, ADDRESS, b"x" * 1_024) for link in range(50)]

    async def of_link(question: Question) -> Verdict:
        admin.asked.append(question)
        await asyncio.sleep(question.link % 3 / 1_000)
        return Verdict(Outcome.WAIT, seconds=question.link)

    admin.answer = of_link
    for _ in range(2):
        admin.asked.clear()
        verdicts = await asyncio.gather(*[asker.ask(question) for question in questions])
        assert verdicts == [Verdict(Outcome.WAIT, seconds=link) for link in range(50)]
        assert sorted(admin.asked) == questions
        while admin.connections > checking.MOST_KEPT:
            await asyncio.sleep(0)  # those that are not kept are being closed
        assert admin.connections == checking.MOST_KEPT


async def test_connections_are_kept_for_the_next_question(admin: Admin, asker: Asker) -> None:
    for _ in range(3):
        assert await asker.ask(QUESTION) == Verdict(Outcome.WRONG)
    assert admin.connections == admin.connections_made == 1


async def test_an_admin_that_has_started_again_is_found(admin: Admin, asker: Asker) -> None:
    assert await asker.ask(QUESTION) == Verdict(Outcome.WRONG)
    await admin.hub.close()
    assert await asker.ask(QUESTION) is None
    assert await asker.ask(QUESTION) is None
    await admin.hub.start(1)
    assert await asker.ask(QUESTION) == Verdict(Outcome.WRONG)


async def test_an_admin_that_ends_while_it_is_asked_is_asked_again(admin: Admin, asker: Asker) -> None:
    """The end of the connection that was kept, and the question, cross each other."""
    assert await asker.ask(QUESTION) == Verdict(Outcome.WRONG)
    await admin.hub.close()  # which the asker's side has not heard of yet
    await admin.hub.start(1)
    assert await asker.ask(QUESTION) == Verdict(Outcome.WRONG)


async def test_an_admin_that_ends_at_a_question_is_asked_twice_at_most(admin: Admin, asker: Asker) -> None:
    """However many connections are kept."""
    await asyncio.gather(*[asker.ask(QUESTION) for _ in range(5)])
    assert admin.connections == 5
    admin.asked.clear()
    admin.verdict = ValueError("nonsense")
    assert await asker.ask(QUESTION) is None
    assert admin.asked == [QUESTION] * 2


async def test_an_answer_that_nobody_waits_for_is_no_one_elses(admin: Admin, asker: Asker) -> None:
    assert await asker.ask(QUESTION) == Verdict(Outcome.WRONG)
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def late(_: Question) -> Verdict:
        entered.set()
        await go_on.wait()
        return Verdict(Outcome.RIGHT, mark=b"m" * 11)

    admin.answer = late
    asking = asyncio.ensure_future(asker.ask(QUESTION))
    await entered.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    admin.answer = None
    go_on.set()
    assert await asker.ask(QUESTION) == Verdict(Outcome.WRONG)


async def test_without_an_admin_there_is_no_answer(asker: Asker, tmp_path: Path) -> None:
    assert await asker.ask(QUESTION) is None
    (tmp_path / FILE_NAME).touch()
    assert await asker.ask(QUESTION) is None


async def test_an_admin_that_drops_the_connection_gives_none(admin: Admin, asker: Asker) -> None:
    admin.verdict = ValueError("nonsense")
    assert await asker.ask(QUESTION) is None


async def test_an_admin_that_says_nothing_gives_none(
    admin: Admin, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, never = asyncio.Event(), asyncio.Event()

    async def hang(question: Question) -> Verdict:
        entered.set()
        await never.wait()
        return Verdict(Outcome.WRONG)

    monkeypatch.setattr(admin.hub, "_check", hang)
    monkeypatch.setattr(checking, "ANSWER_S", 0.05)
    assert await asker.ask(QUESTION) is None
    assert entered.is_set()
    never.set()
