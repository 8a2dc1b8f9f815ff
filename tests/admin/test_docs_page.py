import base64
import copy
import hashlib
import re
from html.parser import HTMLParser

import pytest

from admin.docs_page import render
from admin.openapi import document
from admin.routes import routes

VOID = {"meta", "link", "br", "img", "input", "hr"}


async def health():
    return 200, {}


TABLE = routes(None, health, lambda: 0, None, domains=None)
SPEC = document(TABLE, "1.0.0")
PAGE = render(SPEC, "http://localhost:8081")
HTML = PAGE.html.decode()


class Balance(HTMLParser):
    """Which elements are open, and which elements and attributes there were."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes = [], set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(html):
    parser = Balance()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


def test_every_element_is_closed():
    assert {"main", "table", "pre", "nav"} <= parsed(HTML).tags


def test_nothing_runs_and_nothing_is_loaded():
    page = parsed(HTML)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "form"}
    assert not {name for name, _ in page.attributes if name.startswith("on") or name in ("src", "style")}
    targets = {value for name, value in page.attributes if name == "href"}
    assert all(target.startswith(("#", "/")) for target in targets)


def test_the_policy_allows_the_one_style_sheet_and_nothing_else():
    style = re.search("<style>(.*?)</style>", HTML, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert PAGE.policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def test_it_is_readable_on_a_phone_and_in_the_dark():
    assert 'name="viewport" content="width=device-width,initial-scale=1"' in HTML
    assert "prefers-color-scheme:dark" in HTML and "max-width:40rem" in HTML


@pytest.mark.parametrize("route", TABLE)
def test_every_route_is_there_with_its_fields_and_an_example(route):
    section = HTML.partition(f'<article id="{route.operation_id}">')[2].partition("</article>")[0]
    assert f"<code>{route.method} {route.prefixes[0]}{route.path}</code>" in section
    assert f"curl -X {route.method} &#x27;http://localhost:8081{route.prefixes[0]}{route.path}&#x27;" in section
    assert ("$FINGERPOST_KEY" in section) == bool(route.scope)
    for model in (route.request, route.query, route.response):
        for name in model.model_fields if model else ():
            assert re.search(rf"<td><code>{name}( \(query\))?</code></td>", section), name
    for failure in route.failures:
        assert f"<td>{route.dialect.statuses[failure]}</td>" in section


def test_whatever_comes_out_of_the_document_is_escaped():
    evil = copy.deepcopy(SPEC)

    def poison(node):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(value, str) and not value.startswith("#/") and key not in ("type", "openapi", "in"):
                node[key] = value + "<script>\"'&"
            elif isinstance(value, dict | list) and key not in ("tags", "required"):
                poison(value)

    poison(evil)
    page = parsed(render(evil, "http://a<script>").html.decode())
    assert "script" not in page.tags


async def test_it_is_served(admin):
    async with admin.client.get("/docs") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Content-Security-Policy"] == PAGE.policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert await response.read() == PAGE.html
