"""The handlers of bio pages."""

from typing import Any

import pytest

from admin.bio_pages import NO_BIO
from admin.errors import Failure, from_link
from admin.routes_bio import bio_routes
from admin.routing import Route
from bio.page import PageError
from links.bio_model import Button
from links.errors import Code, LinkError, invalid
from links.quotas import THINGS, over
from tests.admin.domains import FakeDomains, domain
from tests.admin.pages import NOW, bio_page, id_of

PATH = "/api/v1/bio/pages"
LINK = {"label": "Shop", "url": "https://example.com/shop"}
UNKNOWN = [id_of(9), "bio_" + "g" * 32, "bio_1", "00000000-0000-4000-8000-000000000001", id_of(9).upper()]


async def test_create(admin: Any) -> None:
    data = {"theme": "ocean", "links": [{**LINK, "icon": "mail", "starts_at": "2026-01-01"}], "own": [1, {"a": None}]}
    status, answer, _ = await admin.call("POST", PATH, {"title": " Marta Öberg ", "page_data": data})
    assert status == 201
    assert list(answer["data"].items()) == [
        ("id", id_of(1)),
        ("title", "Marta Öberg"),
        ("description", ""),
        ("slug", "marta-oberg"),
        ("page_data", data),
        ("is_published", False),
        ("published_at", None),
        ("view_count", 0),
        ("click_count", 0),
        ("html_url", "http://localhost:8080/marta-oberg"),
        ("created_at", "2026-03-21T14:30:00Z"),
        ("updated_at", "2026-03-21T14:30:00Z"),
        ("number", 1),
    ]
    assert set(answer["meta"]) == {"request_id", "rate_limit"}
    ((wanted,),) = admin.pages.wanted
    assert wanted.url == LINK["url"]
    assert wanted.button == Button(label="Shop", icon="mail", starts_at=1_767_225_600_000)
    assert admin.pages.drafts[0].slugs[:2] == ("marta-oberg", "marta-oberg-2")
    assert admin.pages.drafts[0].slugs[-1] == "marta-oberg-a1b2c3"


async def test_create_with_fields_of_ours(admin: Any) -> None:
    admin.domains.domains = {1: domain()}
    body = {"title": "T", "slug": "mine", "domain": "go.example.com", "at_root": True, "description": "D"}
    status, answer, _ = await admin.call("POST", PATH, body)
    assert status == 201
    assert answer["data"]["html_url"] == "http://go.example.com/mine"
    (draft,) = admin.pages.drafts
    assert (draft.slugs, draft.domain, draft.at_root, draft.description) == (("mine",), "go.example.com", True, "D")


async def test_a_domain_that_is_none_of_ours(admin: Any) -> None:
    status, answer, _ = await admin.call("POST", PATH, {"title": "T", "domain": "other.example"})
    assert (status, answer["error"]["code"]) == (400, "DNS_CONFIGURATION_ERROR")
    assert admin.pages.drafts == []


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (over("bio_pages"), 403, "PLAN_LIMIT_EXCEEDED", "The workspace has as many bio pages as it may have."),
        (over("links"), 403, "PLAN_LIMIT_EXCEEDED", "The workspace has as many links as it may have."),
        (LinkError(Code.SLUG_TAKEN, "is already in use", "slug"), 409, "SLUG_TAKEN", "slug: is already in use"),
        (invalid("buttons[3].url", "is bad"), 400, "VALIDATION_ERROR", "page_data.links[3].url: is bad"),
        (invalid("buttons[3]", "is bad"), 400, "VALIDATION_ERROR", "page_data.links[3]: is bad"),
        (invalid("at_root", "is bad"), 400, "VALIDATION_ERROR", "at_root: is bad"),
        (LinkError(Code.UNAVAILABLE, "later"), 503, "SERVICE_UNAVAILABLE", "later"),
    ],
)
async def test_refusals_are_in_the_words_of_this_api(
    admin: Any, error: LinkError, status: int, code: str, message: str
) -> None:
    admin.pages.put(bio_page())
    admin.pages.failing = error
    for method, path, body in (("POST", PATH, {"title": "T"}), ("PATCH", f"{PATH}/{id_of(1)}", {"title": "T"})):
        got, answer, _ = await admin.call(method, path, body)
        assert (got, answer["error"]["code"], answer["error"]["message"]) == (status, code, message)


async def test_list(admin: Any) -> None:
    for number in (1, 2, 3):
        admin.pages.put(bio_page(number, slug=f"p{number}"))
    admin.pages.put(bio_page(4, workspace=2))
    admin.pages.counted = {2: (10, 4)}
    status, answer, _ = await admin.call("GET", f"{PATH}?limit=2&offset=1")
    assert status == 200
    assert [(page["slug"], page["view_count"], page["click_count"]) for page in answer["data"]] == [
        ("p2", 10, 4),
        ("p1", 0, 0),
    ]
    assert {name: answer["meta"][name] for name in ("total", "limit", "offset")} == {
        "total": 3,
        "limit": 2,
        "offset": 1,
    }
    assert (await admin.call("GET", f"{PATH}?limit=201"))[0] == 400


async def test_get(admin: Any) -> None:
    admin.pages.put(bio_page(is_published=True, published_at=NOW))
    admin.pages.counted = {1: (3, 2)}
    status, answer, _ = await admin.call("GET", f"{PATH}/{id_of(1)}")
    assert status == 200
    assert answer["data"]["published_at"] == "2026-03-21T14:30:00Z"
    assert (answer["data"]["view_count"], answer["data"]["click_count"]) == (3, 2)


@pytest.mark.parametrize("id_", UNKNOWN)
async def test_what_is_not_there(admin: Any, id_: str) -> None:
    admin.pages.put(bio_page(8, workspace=2))
    for name in (id_, id_of(8)):
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {}),
            ("DELETE", "", None),
            ("POST", "/publish", None),
            ("POST", "/unpublish", None),
        ):
            status, answer, _ = await admin.call(method, f"{PATH}/{name}{path}", body)
            assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")


async def test_patch_replaces_what_is_sent(admin: Any) -> None:
    before = {"theme": "ocean", "links": [LINK], "own": {"a": 1, "b": 2}, "lang": "de"}
    admin.pages.put(bio_page(page_data=before, buttons=(Button(link=5, label="Shop"),)))
    sent = {"theme": "mono", "own": {"a": 3}, "lang": None, "new": None}
    status, answer, _ = await admin.call("PATCH", f"{PATH}/{id_of(1)}", {"page_data": sent, "title": "New"})
    assert status == 200
    assert answer["data"]["title"] == "New"
    assert answer["data"]["page_data"] == {"theme": "mono", "links": [LINK], "own": {"a": 3}}
    assert admin.pages.wanted == []
    assert admin.pages.pages[id_of(1)].buttons == (Button(link=5, label="Shop"),)


@pytest.mark.parametrize(("links", "count"), [([LINK, {**LINK, "label": "B"}], 2), ([], 0), (None, 0)])
async def test_patch_of_buttons(admin: Any, links: Any, count: int) -> None:
    admin.pages.put(bio_page(page_data={"links": [LINK]}))
    status, answer, _ = await admin.call("PATCH", f"{PATH}/{id_of(1)}", {"page_data": {"links": links}})
    assert status == 200
    assert [len(wanted) for wanted in admin.pages.wanted] == [count]
    assert answer["data"]["page_data"] == ({} if links is None else {"links": links})


async def test_an_empty_patch_changes_nothing(admin: Any) -> None:
    page = admin.pages.put(bio_page())
    assert (await admin.call("PATCH", f"{PATH}/{id_of(1)}", {}))[0] == 200
    assert admin.pages.pages[id_of(1)] == page


async def test_page_data_has_a_size(admin: Any) -> None:
    fits = {"own": "x" * (65_536 - len('{"own":""}'))}
    assert (await admin.call("POST", PATH, {"title": "T", "page_data": fits}))[0] == 201
    status, answer, _ = await admin.call("POST", PATH, {"title": "T", "page_data": {"own": fits["own"] + "x"}})
    assert (status, answer["error"]["details"]) == (
        400,
        [{"field": "page_data", "message": "must not be larger than 65536 bytes as JSON, this has 65537"}],
    )
    status, answer, _ = await admin.call("PATCH", f"{PATH}/{id_of(1)}", {"page_data": {"more": 1}})
    assert (status, answer["error"]["details"][0]["field"]) == (400, "page_data")


async def test_publish_and_unpublish(admin: Any) -> None:
    admin.pages.put(bio_page())
    for path, published in (("publish", True), ("publish", True), ("unpublish", False), ("unpublish", False)):
        status, answer, _ = await admin.call("POST", f"{PATH}/{id_of(1)}/{path}")
        assert (status, answer["data"]["is_published"]) == (200, published)
        assert answer["data"]["published_at"] == "2026-03-21T14:30:00Z"


async def test_delete(admin: Any) -> None:
    admin.pages.put(bio_page())
    status, answer, _ = await admin.call("DELETE", f"{PATH}/{id_of(1)}")
    assert (status, answer) == (204, None)
    assert admin.pages.pages == {}


async def test_what_cannot_be_shown_is_told_by_name(admin: Any) -> None:
    """A page that got in by another way, such as an older version of the program."""
    admin.pages.put(bio_page())
    admin.pages.failing = PageError("title", "must not be blank")
    status, answer, _ = await admin.call("POST", f"{PATH}/{id_of(1)}/publish")
    assert (status, answer["error"]["message"]) == (400, "title: must not be blank")


# What may go wrong with each handler, by the end of its operation's id.
RAISES = {
    "createBioPage": ("slug_taken", "dns", "links", "bio_pages"),
    "listBioPages": (),
    "getBioPage": ("not_found",),
    "updateBioPage": ("not_found", "slug_taken", "links", "edits"),
    "deleteBioPage": ("not_found",),
    "publishBioPage": ("not_found",),
    "unpublishBioPage": ("not_found",),
}


@pytest.mark.parametrize("route", bio_routes(NO_BIO, FakeDomains("")), ids=lambda route: route.operation_id)
def test_what_may_go_wrong_is_documented(route: Route) -> None:
    for raised in RAISES[route.operation_id]:
        error = over(raised) if raised in THINGS else LinkError(Code(raised), "because", "slug")
        assert from_link(error, {}).failure in route.failures
    assert Failure.UNAVAILABLE in route.failures
