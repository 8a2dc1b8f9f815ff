import pytest

from server.refusals import BUSY, REASONS, TOO_MANY, Refusals, body_of
from tests.server.wire import Reply

DATE = b"Sat, 21 Nov 2026 20:00:00 GMT"


@pytest.mark.parametrize("status", REASONS)
def test_a_refusal_is_a_whole_response_that_closes(status: int) -> None:
    refusals = Refusals()
    refusals.set_date(DATE)
    head, _, body = refusals[status].partition(b"\r\n\r\n")
    reply = Reply(head, body)
    assert (reply.line, reply.body) == (f"HTTP/1.1 {status} {REASONS[status]}", body_of(status))
    assert reply["Content-Length"] == str(len(body))
    assert (reply["Connection"], reply["Cache-Control"], reply["Server"]) == ("close", "no-store", "fingerpost")
    assert reply["Date"] == DATE.decode()


def test_who_shall_come_back_is_told_when() -> None:
    assert [status for status in REASONS if b"\r\nRetry-After: 10\r\n" in Refusals()[status]] == [TOO_MANY, BUSY]
