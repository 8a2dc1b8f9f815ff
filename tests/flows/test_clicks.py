"""``fingerpost clicks``: visits of real workers, as an operator sees them."""

import json
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.flows.commands import END_S, wait_for
from tests.flows.product import FINGERPOST, Product


@pytest.fixture(scope="module", autouse=True)
def links(product: Product) -> None:
    for slug in ("one", "two"):
        product.create(f"https://example.com/{slug}", custom_slug=slug)


@contextmanager
def following(product: Product, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """A running ``clicks tail``."""
    command = [*FINGERPOST, "clicks", "tail", "--config", str(product.config), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=product.environment)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def counted(product: Product, *slugs: str) -> dict[str, tuple[int, int, int]]:
    done = product.run("clicks", "count", "--json", *slugs)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["slug"]: (row["visits"], row["head"], row["gone"]) for row in rows}


def test_visits_are_counted_as_soon_as_they_are_answered(product: Product) -> None:
    for _ in range(3):
        assert product.follow("one")[0] == 301
    assert product.request(product.port, "HEAD", "/one")[0] == 301
    assert product.follow("two?qr=1")[0] == 301
    assert product.follow("nothing")[0] == 404
    assert counted(product) == {"one": (3, 1, 0), "two": (1, 0, 0)}
    assert counted(product, "two") == {"two": (1, 0, 0)}


def test_a_tail_shows_what_comes(product: Product) -> None:
    with following(product, "--json") as tail:
        lines: list[str] = []
        assert tail.stdout is not None
        # It skips what was there when it began, and nobody knows when that is: ask until it shows.
        wait_for(lambda: product.follow("two?now")[0] == 301 and _has_line(tail, lines), "a line")
        visit = json.loads(lines[0])
        assert (visit["outcome"], visit["method"], visit["target"]) == ("redirect", "GET", "/two?now")
        assert visit["address"] == "127.0.0.1"
        assert f"\r\nHost: localhost:{product.port}\r\n" in visit["headers"]
        tail.send_signal(signal.SIGINT)
        assert tail.wait(END_S) == 0


def test_a_tail_may_begin_at_the_beginning(product: Product) -> None:
    with following(product, "--all") as tail:
        assert tail.stdout is not None
        output = tail.stdout.fileno()
        said = bytearray()

        def all_three() -> bool:
            if select.select([output], [], [], 0.05)[0]:
                said.extend(os.read(output, 65_536))
            shown = [line.split("  ")[1:4] for line in said.decode().splitlines()]
            return shown.count(["127.0.0.1", "redirect", f"GET localhost:{product.port}/one"]) == 3

        # One worker's visits come after the other's: which of them answered is the kernel's choice.
        wait_for(all_three, "the first test's visits")


def test_a_tail_shows_which_rule_answered(product: Product) -> None:
    variants = [{"destination": "https://example.com/a"}]
    rules = [{"destination": "https://example.com/de", "conditions": {"languages": ["de"]}}, {"variants": variants}]
    product.create("https://example.com/", custom_slug="ruled", routing_rules=rules)
    assert product.request(product.port, "GET", "/ruled", headers={"Accept-Language": "de"})[0] == 302
    assert product.follow("ruled") == (302, "https://example.com/a")
    with following(product, "--all", "--json") as tail:
        assert tail.stdout is not None
        visits: list[dict[str, Any]] = []
        while len(visits) < 2:  # one worker's and the other's, in whatever order
            visit = json.loads(tail.stdout.readline())
            visits += [visit] * (visit["target"] == "/ruled")
    told = {(visit["rule_index"], visit["variant_index"]) for visit in visits}
    assert told == {(0, None), (1, 0)}
    with following(product, "--all") as tail:
        assert tail.stdout is not None
        outcomes: list[str] = []
        while len(outcomes) < 2:
            line = tail.stdout.readline().rstrip("\n").split("  ")
            outcomes += [line[2]] * line[3].endswith("/ruled")
    assert sorted(outcomes) == ["redirect rules[0]", "redirect rules[1].variants[0]"]


def test_a_visit_that_was_asked_for_a_password_is_counted_apart(product: Product) -> None:
    body = {"destinationUrl": "https://example.com/locked", "slashTag": "locked", "password": "open sesame"}
    assert product.api("POST", "/api/v1/short-link", body)[0] == 201
    assert product.follow("locked") == (200, None)
    status, _, _ = product.request(product.port, "GET", "/locked", headers={"X-Link-Password": "open sesame"})
    assert status == 302
    done = product.run("clicks", "count", "--json", "locked")
    (row,) = map(json.loads, done.stdout.splitlines())
    assert (row["visits"], row["gone"], row["locked"]) == (1, 0, 1)


def _has_line(tail: "subprocess.Popen[str]", lines: list[str]) -> bool:
    assert tail.stdout is not None
    if select.select([tail.stdout], [], [], 0.05)[0]:
        lines.append(tail.stdout.readline())
    return bool(lines)
