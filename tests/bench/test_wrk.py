"""bench/wrk.py"""

import pytest

from bench.wrk import parse

REPORT = """Running 8s test @ http://127.0.0.1:8080
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   640.00us  100.00us   3.00ms   90.00%
  815555 requests in {time}, 140.00MB read
Requests/sec: 101809.00
"""


@pytest.mark.parametrize(("time", "seconds"), [("8.01s", 8.01), ("500.00ms", 0.5), ("1.50m", 90.0)])
def test_a_report_is_read(time: str, seconds: float) -> None:
    assert parse(REPORT.format(time=time)) == (815_555, pytest.approx(seconds))


@pytest.mark.parametrize(
    "line",
    ["  Non-2xx or 3xx responses: 3", "  Socket errors: connect 0, read 3, write 0, timeout 0"],
)
def test_errors_end_the_run(line: str) -> None:
    with pytest.raises(RuntimeError, match=line.strip()):
        parse(REPORT.format(time="8.01s") + line)


def test_anything_else_is_an_error_too() -> None:
    with pytest.raises(RuntimeError, match="wrk met errors"):
        parse("unable to connect")
