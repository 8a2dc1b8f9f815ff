"""The fast path is invisible: generated requests, plain but for a fault or two, down both roads without sockets."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.corpus.links import LINKS, PAGES
from tests.server.roads import Roads

SINGLE = settings(
    max_examples=1_200,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SEVERAL = settings(SINGLE, max_examples=600)

# The parts of a request: what is plain, and what is not.
SLUGS = [slug.encode() for slug in (*LINKS, *PAGES) if slug.isascii()] + [
    b"nothing",
    b"%C3%A9",
    b"plain/",
    b"plain?qr=1",
    b"query?a",
]
PLAIN = {
    "method": st.sampled_from([b"GET", b"HEAD"]),
    "target": st.sampled_from(SLUGS).map(lambda slug: b"/" + slug),
    "version": st.just(b"HTTP/1.1"),
    "host": st.sampled_from(
        [b"Host: s.test", b"host:S.Test.", b"HOST: \t[::1]:8080 ", b"Host:", b"Host: b\xc3\xbccher.test"]
    ),
    "end": st.just(b"\r\n"),
    "after": st.just(b""),
}
FIELDS = st.lists(
    st.sampled_from(
        [
            b"Accept: */*",
            b"User-Agent: a b",
            b"connection: Keep-Alive",
            b"Cookie:",
            b"X-A:\tb\t",
            b"Via: \xff",
            b"Accept-Encoding: gzip",
        ]
    ),
    unique=True,
    max_size=3,
)
ODD = {
    "method": st.sampled_from([b"POST", b"OPTIONS", b"get", b"GET ", b"G\tET", b"", b"\r\nGET", b"CONNECT"]),
    "target": st.one_of(
        st.sampled_from(SLUGS + [b"healthz"]).flatmap(
            lambda slug: st.sampled_from(
                [slug, b"//" + slug, b"http://s.test/" + slug, b"/" + slug + b"#x", b"/\xc3" + slug]
            )
        ),
        st.binary(max_size=6).map(lambda odd: b"/plain" + odd),
    ),
    "version": st.sampled_from([b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.2", b"http/1.1", b"HTTP/1.1 ", b"HTTP/11", b""]),
    "host": st.sampled_from(
        [b"Host: a b", b"Host : s.test", b" Host: s.test", b"Hos: s.test", b"Host: u@s.test", b"Host: \xff"]
    ),
    "end": st.sampled_from([b"\n", b"\r", b"\r\n ", b"\r\r\n", b"\0\r\n", b" \r\n"]),
    "after": st.sampled_from(
        [b"hello", b"0\r\n\r\n", b"\r\n", b"\n", b"X", b"GET /s302 HTTP/1.1\r\nHost: s.test\r\n\r\n"]
    ),
}
ODD_NAMES = st.one_of(
    st.sampled_from(
        [
            b"Content-Length",
            b"Transfer-Encoding",
            b"Connection",
            b"Upgrade",
            b"Expect",
            b"Proxy-Connection",
            b"Host",
            b"Accept",
        ]
    ),
    st.binary(min_size=1, max_size=4),
)
ODD_VALUES = st.one_of(
    st.sampled_from(
        [b"close", b"chunked", b"0", b"5", b"keep-alive, x", b"100-continue", b"h2c", b"websocket", b"s.test"]
    ),
    st.binary(max_size=6),
)
ODD_FIELDS = st.builds(
    lambda name, how, separator, value: (name, name.lower(), name.upper())[how] + separator + value,
    ODD_NAMES,
    st.integers(min_value=0, max_value=2),
    st.sampled_from([b": ", b":", b" :", b":\t", b"\t: ", b"::"]),
    ODD_VALUES,
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request with up to two of its parts odd, or an odd field more, or one twice, or a byte changed."""
    faults = draw(st.lists(st.sampled_from([*ODD, "field", "field", "field", "twice", "byte"]), max_size=2))
    parts = {name: draw(ODD[name] if name in faults else plain) for name, plain in PLAIN.items() if name != "end"}
    fields = draw(FIELDS)
    for extra in [parts["host"], *(draw(ODD_FIELDS) for fault in faults if fault == "field")]:
        fields.insert(draw(st.integers(min_value=0, max_value=len(fields))), extra)
    if "twice" in faults:
        fields.append(draw(st.sampled_from(fields)))
    lines = [b" ".join([parts["method"], parts["target"], parts["version"]]), *fields]
    odd_end = draw(st.integers(min_value=0, max_value=len(lines) - 1)) if "end" in faults else None
    ends = [draw(ODD["end"]) if number == odd_end else b"\r\n" for number in range(len(lines))]
    data = b"".join(line + end for line, end in zip(lines, ends, strict=True)) + b"\r\n" + parts["after"]
    if "byte" in faults:
        at = draw(st.integers(min_value=0, max_value=len(data) - 1))
        data = data[:at] + draw(st.binary(max_size=2)) + data[at + 1 :]
    return data


@st.composite
def pieces(draw: st.DrawFn) -> list[bytes]:
    """One to three requests, in one segment or cut at up to three places."""
    data = b"".join(draw(st.lists(requests(), min_size=1, max_size=3)))
    places = sorted(draw(st.sets(st.integers(min_value=1, max_value=len(data) - 1), max_size=3)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


class Run:
    """A loop and both roads in it. ``count`` and ``plain``: requests so far, and those that were answered fast."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._roads = runner.run(self._make())

    async def _make(self) -> Roads:
        return Roads()

    @property
    def answered(self) -> int:
        return self._roads.answered

    def compare(self, feed: list[bytes], *, at_once: bool = False) -> None:
        fast, slow = self._runner.run(self._roads.outcomes([feed], at_once=at_once))
        assert fast == slow


@pytest.fixture
def run() -> Iterator[Run]:
    with asyncio.Runner() as runner:
        yield Run(runner)


def test_generated_requests(run: Run) -> None:
    whole_and_fast = 0

    @SINGLE
    @given(requests())
    def check(data: bytes) -> None:
        nonlocal whole_and_fast
        before = run.answered
        run.compare([data])
        whole_and_fast += run.answered - before == 2  # it, and the plain one that is asked after each

    check()
    assert whole_and_fast > SINGLE.max_examples // 5


@SEVERAL
@given(feed=pieces(), at_once=st.booleans())
def test_generated_pipelines_in_pieces(run: Run, feed: list[bytes], at_once: bool) -> None:
    run.compare(feed, at_once=at_once)
