import orjson
import pytest

from admin.dialect import NO_LIMIT, PLAIN, Reply, Stamp, unlimited
from admin.errors import Failure, Problem


@pytest.mark.parametrize(("now", "reset"), [(0, 60), (59_999, 60), (60_000, 120), (1_774_103_400_500, 1_774_103_460)])
def test_without_a_limit_the_window_ends_with_the_minute(now, reset):
    limit = unlimited(now)
    assert limit.reset == reset
    assert {limit.limit, limit.remaining, limit.burst_limit, limit.burst_remaining} == {NO_LIMIT}


def test_plain_has_no_envelope():
    assert orjson.loads(PLAIN.success(Reply({"status": "ok"}), Stamp("req_1", unlimited(0)))) == {"status": "ok"}
    assert orjson.loads(PLAIN.failure(Problem(Failure.NOT_FOUND, "Not here."), "req_1")) == {
        "error": "Not here.",
        "request_id": "req_1",
    }
