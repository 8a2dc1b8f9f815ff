"""The lines of questions and answers, and a question to a real hub."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from links import checking
from links.checking import Outcome, Question, Verdict, ask, question_line, read_question, read_verdict, verdict_line
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

    async def check(self, question: Question) -> Verdict:
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


async def test_the_hub_passes_questions_on(admin: Admin, tmp_path: Path) -> None:
    admin.verdict = Verdict(Outcome.RIGHT, mark=b"m" * 11)
    assert await ask(tmp_path, QUESTION) == admin.verdict
    assert admin.asked == [QUESTION]
    assert admin.hub.workers == 0


async def test_many_questions_at_once(admin: Admin, tmp_path: Path) -> None:
    questions = [Question(link, ADDRESS, b"x" * 1_024) for link in range(50)]
    verdicts = await asyncio.gather(*[ask(tmp_path, question) for question in questions])
    assert verdicts == [Verdict(Outcome.WRONG)] * 50
    assert sorted(admin.asked) == questions


async def test_without_an_admin_there_is_no_answer(tmp_path: Path) -> None:
    assert await ask(tmp_path, QUESTION) is None
    (tmp_path / FILE_NAME).touch()
    assert await ask(tmp_path, QUESTION) is None


async def test_an_admin_that_drops_the_connection_gives_none(admin: Admin, tmp_path: Path) -> None:
    admin.verdict = ValueError("nonsense")
    assert await ask(tmp_path, QUESTION) is None


async def test_an_admin_that_says_nothing_gives_none(
    admin: Admin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, never = asyncio.Event(), asyncio.Event()

    async def hang(question: Question) -> Verdict:
        entered.set()
        await never.wait()
        return Verdict(Outcome.WRONG)

    monkeypatch.setattr(admin.hub, "_check", hang)
    monkeypatch.setattr(checking, "ANSWER_S", 0.05)
    assert await ask(tmp_path, QUESTION) is None
    assert entered.is_set()
    never.set()
