"""bench/traffic.py"""

from pathlib import Path

from bench import traffic
from server.head import Sections
from tests.flows.million import location
from tests.server.test_fastpath import make


def test_a_file_says_how_long_each_request_is(tmp_path: Path) -> None:
    file = traffic.write(tmp_path / "requests", [b"GET / HTTP/1.1\r\n\r\n", b"x" * 120])
    assert file.read_bytes() == b"18\nGET / HTTP/1.1\r\n\r\n120\n" + b"x" * 120


def test_every_slug_may_be_asked_for() -> None:
    requests = traffic.usual(2_000)
    slugs = {request.split(b" ")[1][1:].decode() for request in requests}
    assert slugs <= {location(n)[0] for n in range(1, traffic.SLUGS + 1)}
    assert len(slugs) > 1_900
    assert all(request.endswith(b"\r\n\r\n") for request in requests)


def test_a_head_that_comes_once_comes_once() -> None:
    requests = traffic.heads_once(2_000)
    assert len({request.split(b"\r\n", 1)[1] for request in requests}) == 2_000


def test_each_head_is_checked_with_the_destination_of_its_slug() -> None:
    checked = traffic.all_heads()
    assert len(checked) == traffic.HEADS
    for n, (request, destination) in enumerate(checked, 1):
        slug, expected = location(n)
        assert request.startswith(f"GET /{slug} HTTP/1.1\r\n".encode())
        assert destination == expected


def test_behind_a_proxy_no_head_comes_twice_and_few_have_to_be_checked() -> None:
    sections = Sections()
    whole = [request.partition(b"\r\n")[2] for request in traffic.proxied(5_000)]
    assert len(set(whole)) == 5_000
    assert all(sections.look(section)[0] is not None for section in whole)
    assert sections.checked <= traffic.HEADS


def test_what_comes_first_is_what_the_fast_path_declines() -> None:
    requests = traffic.slow_first(1_000)
    assert requests[traffic.SLOW_FIRST :] == traffic.usual(1_000)
    fast = make()
    assert [fast.respond(request) for request in requests[: traffic.SLOW_FIRST]] == [None] * traffic.SLOW_FIRST
