"""Statistics of real visits: workers, collector and admin as processes of their own."""

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.flows.commands import wait_for
from tests.flows.product import KEY, Product

BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
CURL = "curl/8.5.0"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

LISTEN_S = 30.0


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """With a collector, and two workspaces."""
    product = Product(
        tmp_path_factory.mktemp("product"),
        FINGERPOST_STATS__COLLECT="true",
        FINGERPOST_CLICKS__RECORD_NOT_FOUND="true",
    )
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


@pytest.fixture(scope="module")
def stranger(product: Product) -> str:
    """A key of another workspace."""
    made = product.run("workspaces", "create", "--name", "other")
    assert made.returncode == 0, made.stderr
    done = product.run("keys", "create", "--name", "x", "--scope", "*", "--workspace", made.stdout.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def visit(product: Product, path: str, agent: str = BROWSER, method: str = "GET", **headers: str) -> int:
    return product.request(product.port, method, path, headers={"User-Agent": agent} | headers)[0]


def data(product: Product, path: str, key: str = KEY) -> Any:
    status, answer = product.api("GET", f"/api/v1/{path}", key=key)
    assert status == 200, answer
    return answer["data"]


def scans(product: Product, link: dict[str, Any]) -> int:
    return int(data(product, f"links/{link['id']}")["scan_count"])


def wait_for_scans(product: Product, link: dict[str, Any], count: int) -> None:
    wait_for(lambda: scans(product, link) == count, f"{count} scans")


def test_visits_are_counted_in_both_apis_by_kind_and_way(product: Product, stranger: str) -> None:
    link = product.create("https://example.com/a", custom_slug="counted", labels=["spring"])
    assert (link["scan_count"], link["last_scan_at"]) == (0, None)
    for path in ("/counted", "/counted?qr=1", "/counted?bio=1"):
        assert visit(product, path, Referer="https://news.example/x") == 301
    assert visit(product, "/counted", CURL) == 301
    assert visit(product, "/counted", BOT) == 301
    assert visit(product, "/counted", method="HEAD") == 301
    wait_for_scans(product, link, 4)
    assert data(product, "links?label=spring")[0]["scan_count"] == 4
    assert data(product, f"links/{link['id']}")["last_scan_at"] is not None

    _, listed = product.api("GET", "/api/v1/short-link")
    (short,) = [one for one in listed["resultData"] if one["slashTag"] == "counted"]
    assert (short["clicks"], short["lbClicks"], short["scans"]) == (3, 1, 1)

    wait_for(lambda: data(product, f"stats/summary?link_id={link['id']}")["by_kind"]["head"] == 1, "HEAD")
    found = data(product, f"stats/summary?link_id={link['id']}")
    assert found["by_kind"] == {"person": 3, "tool": 1, "bot": 1, "preview": 0, "prefetch": 0, "head": 1}
    assert found["by_via"] == {"click": 2, "qr": 1, "bio": 1}
    referrers = data(product, f"stats/referrers?link_id={link['id']}")["items"]
    assert referrers == [{"referrer": "news.example", "count": 3}, {"referrer": None, "count": 1}]
    analysed = data(product, f"analytics/links/{link['id']}/stats")
    assert (analysed["total_scans"], sum(day["scans"] for day in analysed["daily_scans"])) == (4, 4)
    assert {one["browser"]: one["count"] for one in analysed["browsers"]}["Chrome"] == 3

    assert data(product, "stats/summary", stranger)["visits"] == 0
    assert data(product, "analytics/summary", stranger)["total_scans"] == 0
    assert product.api("GET", f"/api/v1/analytics/links/{link['id']}", key=stranger)[0] == 404


def test_a_missing_link_is_an_orphan(product: Product, stranger: str) -> None:
    assert visit(product, "/nowhere?x=1") == 404
    wait_for(lambda: data(product, "stats/orphans")["visits"] > 0, "the orphan")
    items = data(product, "stats/orphans")["items"]
    assert [item for item in items if item["path"].endswith("/nowhere")][0]["count"] == 1
    assert product.api("GET", "/api/v1/stats/orphans", key=stranger)[0] == 403


def test_an_export_has_the_visits(product: Product, stranger: str) -> None:
    link = product.create("https://example.com/e", custom_slug="exported")
    for _ in range(3):
        assert visit(product, "/exported") == 301
    wait_for_scans(product, link, 3)
    path = f"/api/v1/stats/export?what=visits&format=jsonl&link_id={link['id']}"
    status, headers, body = product.request(product.api_port, "GET", path, headers={"Authorization": f"Bearer {KEY}"})
    assert (status, headers["content-type"]) == (200, "application/x-ndjson; charset=utf-8")
    rows = [json.loads(line) for line in body.splitlines() if line.startswith(b"{")]
    assert [(row["short_code"], row["browser"], row["kind"]) for row in rows] == [("exported", "Chrome", "person")] * 3
    assert product.api("GET", path, key=stranger)[0] == 404
    assert product.request(product.api_port, "HEAD", path, headers={"Authorization": f"Bearer {KEY}"})[0] == 200


def test_a_deletion_takes_the_analytics_along(product: Product) -> None:
    link = product.create("https://example.com/d", custom_slug="doomed")
    for _ in range(2):
        assert visit(product, "/doomed") == 301
    wait_for_scans(product, link, 2)
    assert visit(product, "/doomed") == 301  # may not be counted yet
    status, answer = product.api("DELETE", f"/api/v1/links/{link['id']}")
    assert (status, answer) == (204, None)
    assert product.api("GET", f"/api/v1/analytics/links/{link['id']}")[0] == 404
    wait_for(lambda: list((product.data / "erasing").iterdir()) == [], "erased")
    again = product.create("https://example.com/d", custom_slug="doomed")
    assert visit(product, "/doomed") == 301
    wait_for_scans(product, again, 1)
    done = product.run("clicks", "count", "--json")
    counts = [json.loads(line)["visits"] for line in done.stdout.splitlines() if json.loads(line)["slug"] == "doomed"]
    assert counts == [1]


@contextmanager
def listening(product: Product, query: str = "", last_id: str = "", key: str = KEY) -> Iterator["Events"]:
    """A stream of visits."""
    with socket.create_connection(("127.0.0.1", product.api_port), timeout=LISTEN_S) as sock:
        sock.sendall(
            f"GET /api/v1/stats/live?{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
            f"Last-Event-ID: {last_id}\r\n\r\n".encode()
        )
        yield Events(sock)


class Events:
    """Events as they come; comments are passed over."""

    def __init__(self, sock: socket.socket) -> None:
        self._file = sock.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        while self._file.readline().strip():
            pass

    def next(self) -> tuple[str, str, Any]:
        """(id, event, data)."""
        found: dict[str, str] = {}
        while True:
            read = self._file.readline()
            assert read, "the stream ended"
            line = read.decode().rstrip("\r\n")
            if not line and "event" in found:
                return found.get("id", ""), found["event"], json.loads(found["data"])
            name, colon, value = line.partition(": ")
            if name and colon:
                found[name] = value


def first_event(product: Product, events: Events, path: str) -> tuple[str, str, Any]:
    """Nobody knows when a reader begins, which skips what is there: visit until it shows."""
    stop = threading.Event()

    def keep_visiting() -> None:
        while not stop.wait(0.1):
            visit(product, path)

    thread = threading.Thread(target=keep_visiting)
    thread.start()
    try:
        return events.next()
    finally:
        stop.set()
        thread.join()


def test_visits_are_seen_live_and_resumed_after(product: Product, stranger: str) -> None:
    product.create("https://example.com/l", custom_slug="live")
    product.create("https://example.com/m", custom_slug="after")
    with listening(product) as events, listening(product, key=stranger) as others:
        assert (events.status, others.status) == (200, 200)
        id_, event, shown = first_event(product, events, "/live")
        assert event == "visit"
        assert (shown["short_code"], shown["kind"], shown["browser"]) == ("live", "person", "Chrome")
        assert "127.0.0.1" not in json.dumps(shown)
        assert visit(product, "/after", **{"Sec-GPC": "1"}) == 301
        while shown["short_code"] != "after":
            last, _, shown = events.next()
        assert sorted(shown) == ["kind", "link_id", "outcome", "short_code", "time", "via"]
    slugs = []
    with listening(product, last_id=id_) as events:
        while "after" not in slugs:
            again, event, shown = events.next()
            assert event == "visit"
            slugs.append(shown["short_code"])
        assert again == last


def test_a_restarted_admin_resumes_from_the_journal(product: Product) -> None:
    with listening(product) as events:
        id_, _, _ = first_event(product, events, "/live")
    for _ in range(3):
        assert visit(product, "/after?journal") == 301
    (admin,) = product.children("admin")
    os.kill(admin, signal.SIGKILL)
    wait_for(lambda: product.children("admin") not in ([], [admin]), "another admin")
    product.wait_healthy()
    slugs: list[str] = []
    with listening(product, last_id=id_) as events:
        while slugs.count("after") < 3:
            _, event, shown = events.next()
            assert event == "visit"
            slugs.append(shown["short_code"])


def test_an_unknown_place_is_told(product: Product) -> None:
    with listening(product, last_id="1-2-3:4") as events:
        assert events.next()[1] == "missed"


def test_a_stop_ends_the_streams(product_at: Any, tmp_path: Path) -> None:
    product = product_at(workers=1)
    product.start()
    with listening(product) as events:
        assert events.status == 200
        assert product.stop() == 0, product.stderr
