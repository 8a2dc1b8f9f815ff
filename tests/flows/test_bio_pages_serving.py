"""Bio pages as visitors get them: every worker answers a change when the API does, whatever is killed meanwhile."""

import gzip
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from clicks.record import PAGE, REDIRECT
from tests.flows.journals import journal_of, visits_of
from tests.flows.processes import owners, wait_until
from tests.flows.product import Product, parse_response

EDITS = 60
KILLING_EDITS = 100
FRESH = 4
"""Connections after each change while processes are killed: they do not outlive their worker."""

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("product"), FINGERPOST_DOMAINS__VERIFY="false")
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


class Viewer:
    """A connection that is kept, so that it is answered by one worker, and by its fast path."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=30)

    def ask(self, path: str, method: str = "GET", **fields: str) -> Answer:
        lines = {"Host": "localhost"} | {name.replace("_", "-"): value for name, value in fields.items()}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.sock.sendall(head.encode() + b"\r\n")
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        status, headers, body = parse_response(data)
        length = 0 if method == "HEAD" or status == 304 else int(headers["content-length"])
        while len(body) < length:
            body += self._more()
        assert len(body) == length
        return status, headers, body

    def _more(self) -> bytes:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionResetError("closed")
        return data

    def close(self) -> None:
        self.sock.close()


@contextmanager
def one_of_each_worker(product: Product) -> Iterator[list[Viewer]]:
    """A viewer at each worker."""
    workers = product.children("worker")
    viewers: dict[int | None, Viewer] = {}
    try:
        while len(viewers) < len(workers):
            viewer = Viewer(product.port)
            viewer.ask("/robots.txt")  # accepted
            (worker,) = owners([viewer.sock], workers)
            if worker is None or worker in viewers:
                viewer.close()
            else:
                viewers[worker] = viewer
        yield list(viewers.values())
    finally:
        for viewer in viewers.values():
            viewer.close()


def call(product: Product, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answered, answer = product.api(method, f"/api/v1/bio/pages{path}", body)
    assert answered == status, answer
    return answer["data"] if answer else None


def make(product: Product, slug: str, *, publish: bool = True, **fields: Any) -> dict[str, Any]:
    """A new page; its data."""
    page = call(product, "POST", "", {"title": f"Title of {slug}", "slug": slug} | fields, 201)
    return call(product, "POST", f"/{page['id']}/publish") if publish else page  # type: ignore[no-any-return]


def statuses(viewers: list[Viewer], path: str, **fields: str) -> list[int]:
    return [viewer.ask(path, **fields)[0] for viewer in viewers]


def test_every_worker_answers_a_change_when_the_api_does(product: Product) -> None:
    page = make(product, "changing")
    with one_of_each_worker(product) as viewers:
        etags = {viewer.ask("/changing")[1]["etag"] for viewer in viewers}
        for n in range(EDITS):
            call(product, "PATCH", f"/{page['id']}", {"title": f"Version {n}!"})
            old = etags
            etags = set()
            for viewer in viewers:
                status, headers, body = viewer.ask("/changing", If_None_Match=", ".join(old))
                assert (status, f"Version {n}!" in body.decode()) == (200, True)
                etags.add(headers["etag"])
                assert viewer.ask("/changing", If_None_Match=headers["etag"])[0] == 304
            assert len(etags) == 1  # whichever worker one meets next
            assert etags.isdisjoint(old)


def test_publishing_unpublishing_renaming_and_deleting(product: Product) -> None:
    page = make(product, "coming", publish=False)
    with one_of_each_worker(product) as viewers:
        assert statuses(viewers, "/coming") == [404, 404]
        for action, status in (("publish", 200), ("unpublish", 404), ("publish", 200)):
            call(product, "POST", f"/{page['id']}/{action}")
            assert statuses(viewers, "/coming") == [status] * 2
        call(product, "PATCH", f"/{page['id']}", {"slug": "come"})
        assert statuses(viewers, "/come") == statuses(viewers, "/coming") == [200, 200]  # the old one, for its grace
        call(product, "DELETE", f"/{page['id']}", status=204)
        assert statuses(viewers, "/come") == statuses(viewers, "/coming") == [404, 404]
        product.create("https://example.com/", custom_slug="come")
        assert statuses(viewers, "/come") == [301, 301]


def test_a_page_is_sent_as_the_visitor_takes_it(product: Product) -> None:
    make(product, "forms")
    with one_of_each_worker(product) as viewers:
        (_, plain, html), (_, zipped, packed) = (
            viewers[0].ask("/forms"),
            viewers[1].ask("/forms", Accept_Encoding="gzip"),
        )
    assert gzip.decompress(packed) == html
    assert b"Title of forms" in html
    assert (plain.get("content-encoding"), zipped["content-encoding"]) == (None, "gzip")
    assert plain["etag"] != zipped["etag"]
    for headers in (plain, zipped):
        assert headers["vary"] == "Accept-Encoding"
        assert headers["cache-control"] == "no-cache"
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    slow = product.get(product.port, "/forms")  # closes: aiohttp's
    assert (slow[0], slow[2]) == (200, html)


def test_the_root_of_a_registered_domain(product: Product) -> None:
    status, answer = product.api("POST", "/v1/custom-domain", {"domain": "me.example"})
    assert status == 201, answer
    first = make(product, "mine", domain="me.example", at_root=True)
    with one_of_each_worker(product) as viewers:
        for viewer in viewers:
            assert b"Title of mine" in viewer.ask("/", Host="me.example")[2]
            assert b"Title of mine" not in viewer.ask("/")[2]
            assert viewer.ask("/mine", Host="me.example")[0] == 200
            assert viewer.ask("/mine")[0] == 404
        make(product, "other", domain="me.example", at_root=True)
        assert [b"Title of other" in viewer.ask("/", Host="me.example")[2] for viewer in viewers] == [True, True]
        call(product, "PATCH", f"/{first['id']}", {"at_root": True})
        assert [b"Title of mine" in viewer.ask("/", Host="me.example")[2] for viewer in viewers] == [True, True]
        call(product, "POST", f"/{first['id']}/unpublish")
        assert [b"short links" in viewer.ask("/", Host="me.example")[2].lower() for viewer in viewers] == [True, True]
    status, answer = product.api("DELETE", f"/v1/custom-domain/{domain_id(product)}")
    assert (status, "2 bio pages" in str(answer)) == (400, True)


def domain_id(product: Product) -> int:
    domains = product.api("GET", "/v1/custom-domain")[1]["data"]
    return next(domain["id"] for domain in domains if domain["domain"] == "me.example")  # type: ignore[no-any-return]


def test_views_and_clicks_are_visits(product_at: Any) -> None:
    product = product_at()
    product.start()
    links = [{"label": "Shop", "url": "https://example.com/shop"}]
    make(product, "seen", page_data={"links": links})
    with one_of_each_worker(product) as viewers:
        viewer = viewers[0]
        html = viewer.ask("/seen")[2].decode()
        etag = viewer.ask("/seen", Accept_Encoding="gzip")[1]["etag"]
        assert viewer.ask("/seen", Accept_Encoding="gzip", If_None_Match=etag)[0] == 304
        assert viewer.ask("/seen", "HEAD")[0] == 200
        (address,) = re.findall(rf'href="http://localhost:{product.port}(/[^"]*\?bio=1)"', html)
        status, headers, _ = viewer.ask(address)
        assert (status, headers["location"]) == (301, "https://example.com/shop")
    product.get(product.port, "/seen")
    counted = product.run("clicks", "count", "--json", "seen")
    assert '"page":4' in counted.stdout.replace(" ", ""), counted
    assert '"head":1' in counted.stdout.replace(" ", ""), counted
    assert product.stop() == 0
    visits = [visit for visit in visits_of(journal_of(product)) if b"robots.txt" not in visit.request]
    visits.sort(key=lambda visit: visit.time_ns)  # the last one may be of another worker
    assert [(visit.kind, visit.request) for visit in visits if visit.kind == PAGE] == [
        *[(PAGE, b"GET /seen")] * 3,
        (PAGE, b"HEAD /seen"),
        (PAGE, b"GET /seen"),
    ]
    assert [visit.request for visit in visits if visit.kind == REDIRECT] == [f"GET {address}".encode()]
    assert len({visit.link_id for visit in visits}) == 2


def look(product: Product, path: str) -> Answer:
    """On a fresh connection; again where it breaks, because its worker was killed."""
    while True:
        with closing(Viewer(product.port)) as viewer:
            try:
                return viewer.ask(path)
            except ConnectionError:
                continue


def insist(product: Product, page: dict[str, Any], title: str) -> None:
    """Change a page; again where the admin is killed meanwhile, or waits for workers."""
    while True:
        try:
            status, answer = product.api("PATCH", f"/api/v1/bio/pages/{page['id']}", {"title": title})
        except (ConnectionError, ValueError):  # it ended before the answer, or in the middle of it
            continue
        if status == 200:
            return
        assert status == 503, answer


def test_no_view_is_older_than_what_was_acknowledged_whatever_is_killed(product_at: Any) -> None:
    product = product_at()
    product.start()
    page = make(product, "alive")
    for n in range(KILLING_EDITS):
        for kind in ("worker", "admin"):
            if n % 20 == (5 if kind == "worker" else 15) and (pids := product.children(kind)):
                os.kill(pids[n % len(pids)], signal.SIGKILL)
        insist(product, page, f"Version {n}!")
        for _ in range(FRESH):
            status, _, body = look(product, "/alive")
            assert (status, f"Version {n}!" in body.decode()) == (200, True), body
    assert product.stop() == 0


def test_pages_outlive_workers_reloads_and_restarts(product_at: Any) -> None:
    product = product_at()
    product.start()
    make(product, "kept", at_root=True)
    make(product, "draft", publish=False)
    before = look(product, "/kept")
    for pid in product.children("worker"):
        os.kill(pid, signal.SIGKILL)
    assert _same(product, before)
    old = set(product.children())
    assert product.process is not None
    product.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(product.children()) == len(old) and old.isdisjoint(product.children()), "all are replaced")
    assert _same(product, before)
    assert product.stop() == 0
    product.start()
    assert _same(product, before)


def _same(product: Product, before: Answer) -> bool:
    """Whether the page is what it was, tag and all, at both its addresses, and the other one is still a draft."""
    looks = [look(product, path) for path in ("/kept", "/")]
    is_same = all(body == before[2] and headers["etag"] == before[1]["etag"] for _, headers, body in looks)
    return is_same and look(product, "/draft")[0] == 404


def test_another_base_url_is_on_every_page_soon_after_the_start(product_at: Any) -> None:
    product = product_at()
    product.start()
    make(product, "moved")
    assert b"https://me.example/moved" not in look(product, "/moved")[2]
    assert product.stop() == 0
    product._environment["FINGERPOST_SERVER__BASE_URL"] = "https://me.example"
    product.start()
    wait_until(lambda: b"https://me.example/moved" in look(product, "/moved")[2], "the page is rendered again")
    assert product.stop() == 0
