"""Which requests are timed, and how the times are sorted into buckets."""

from itertools import count

import pytest
from aiohttp import web

from admin.create_times import BOUNDS_S, CreateTimes, make_timing


def test_buckets_hold_what_took_at_most_so_long() -> None:
    times = CreateTimes(lambda: 0.0)
    for seconds in (0.0, 0.001, 0.001_1, 10.0, 10.1):
        times.add(seconds)
    buckets = dict(times.buckets())
    assert [buckets[bound] for bound in ("0.001", "0.0025", "5.0", "10.0", "+Inf")] == [2, 3, 3, 4, 5]
    assert times.sum_s == pytest.approx(20.102_1)
    assert list(buckets) == [*map(str, BOUNDS_S), "+Inf"]


@pytest.mark.parametrize(
    ("method", "path", "status", "is_timed"),
    [
        *(("POST", path, 201, True) for path in ("/api/v1/links", "/v1/links/bulk", "/v1/short-link", "/v1/qr-code")),
        ("POST", "/api/v1/import-short-link", 200, True),
        ("POST", "/api/v1/links", 422, False),
        ("GET", "/api/v1/links", 200, False),
        ("POST", "/api/v1/qr-code/7", 200, False),
        ("POST", "/links", 200, False),
    ],
)
async def test_what_is_timed(aiohttp_client, method, path, status, is_timed):
    ticks = count(0.0, 0.25)
    times = CreateTimes(lambda: next(ticks))

    async def answer(request):
        return web.Response(status=status)

    app = web.Application(middlewares=[make_timing(times)])
    app.router.add_route("*", "/{path:.*}", answer)
    client = await aiohttp_client(app)
    async with client.request(method, path) as response:
        assert response.status == status
    assert dict(times.buckets())["+Inf"] == is_timed
    assert times.sum_s == 0.25 * is_timed
