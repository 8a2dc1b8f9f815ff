"""The endpoints under /custom-domain, over domains that are kept in memory."""

import pytest

from admin.errors import Failure, from_link
from links.errors import Code, LinkError
from tests.admin.domains import EXPECTED, domain

PATH = "/api/v1/custom-domain"

DOMAIN = {
    "id": 1,
    "domain": "go.bücher.example",
    "host": "go.xn--bcher-kva.example",
    "spare": "Yes",
    "status": "active",
    "expected": list(EXPECTED),
    "found": list(EXPECTED),
    "checkedAt": "2026-03-21T14:30:00.500Z",
    "verifiedAt": "2026-03-21T14:30:00.500Z",
    "redirectStatus": None,
    "rootRedirect": "",
    "notFoundRedirect": "",
    "ignoreCase": False,
    "robots": "allow",
    "createdAt": "2026-03-21T14:30:00.500Z",
    "updatedAt": "2026-03-21T14:30:00.500Z",
}


async def test_what_is_answered(admin):
    status, body, _ = await admin.post({"domain": "Bücher.example", "subDomain": "go", "spare": "Yes"}, PATH)
    assert status == 201
    assert body == {"success": True, "message": "Custom Domain Added Successfully.", "data": DOMAIN}
    assert list(body["data"]) == list(DOMAIN)
    assert (await admin.call("GET", PATH))[:2] == (200, {"success": True, "data": [DOMAIN]})
    status, body, _ = await admin.call("PUT", f"{PATH}/1", {"redirectStatus": 302, "ignoreCase": True})
    assert (status, body["data"]) == (200, DOMAIN | {"redirectStatus": 302, "ignoreCase": True})
    status, body, _ = await admin.call("DELETE", f"{PATH}/1")
    assert (status, body) == (200, {"success": True, "message": "Custom Domain Deleted Successfully."})


async def test_a_domain_that_does_not_point_here(admin):
    status, body, _ = await admin.post({"domain": "pending.example", "subDomain": ""}, PATH)
    assert (status, body["data"]["status"], body["data"]["spare"]) == (201, "pending", "No")
    status, body, _ = await admin.call("POST", f"{PATH}/1/verify")
    records = {"expected": list(EXPECTED), "found": ["A 198.51.100.9"]}
    assert status == 400
    assert body == {
        "error": True,
        "code": "DNS_CONFIGURATION_ERROR",
        "data": {"message": "DNS_CONFIGURATION_ERROR", **records},
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "domain"),
        ({"domain": 5}, "domain"),
        ({"domain": "x" * 254}, "domain"),
        ({"domain": "a.b:80"}, "domain"),
        ({"domain": "a.example", "spare": "maybe"}, "spare"),
        ({"domain": "a.example", "subDomain": ["x"]}, "subDomain"),
    ],
)
async def test_what_cannot_be_registered(admin, body, field):
    status, answer, _ = await admin.post(body, PATH)
    assert (status, [fault["field"] for fault in answer["data"]["errors"]]) == (400, [field])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"redirectStatus": 303}, "redirectStatus"),
        ({"redirectStatus": "301"}, "redirectStatus"),
        ({"rootRedirect": None}, "rootRedirect"),
        ({"ignoreCase": "yes"}, "ignoreCase"),
        ({"robots": "maybe"}, "robots"),
        ({"domain": "other.example"}, "domain"),
    ],
)
async def test_what_cannot_be_set(admin, body, field):
    admin.domains.domains = {1: domain()}
    status, answer, _ = await admin.call("PUT", f"{PATH}/1", body)
    assert (status, [fault["field"] for fault in answer["data"]["errors"]]) == (400, [field])


@pytest.mark.parametrize("name", ["2", "0", "-1", "x", "1.0", "9" * 30, "%C2%B2"])
async def test_what_is_not_there(admin, name):
    admin.domains.domains = {1: domain()}
    for method, path in (("PUT", name), ("DELETE", name), ("POST", f"{name}/verify")):
        status, _, _ = await admin.call(method, f"{PATH}/{path}", {} if method == "PUT" else None)
        assert status == 404


async def test_too_many(admin):
    admin.domains.most = 0
    status, body, _ = await admin.post({"domain": "a.example"}, PATH)
    assert (status, body["data"]["message"]) == (429, "Domain Limit Exceeded for your current plan. Please upgrade!")


async def test_a_database_that_is_busy(admin):
    admin.domains.failing = LinkError(Code.UNAVAILABLE, "busy")
    assert (await admin.post({"domain": "a.example"}, PATH))[0] == 503
    assert (await admin.call("DELETE", f"{PATH}/1"))[0] == 503


def test_the_failure_of_dns_has_its_records():
    problem = from_link(LinkError(Code.DNS, "x", "domain"), {})
    assert (problem.failure, problem.records) == (Failure.DNS, ((), ()))


async def test_the_domain_of_a_link(admin):
    admin.domains.domains = {1: domain()}
    await admin.post({"destinationUrl": "https://a.example/", "brandedDomain": "GO.example.com"}, "/v1/short-link")
    await admin.post({"destinationUrl": "https://a.example/", "brandedDomain": "LOCALHOST:8080"}, "/v1/short-link")
    await admin.post({"destinationUrl": "https://a.example/", "brandedDomain": ""}, "/v1/short-link")
    assert [draft.domain for draft in admin.links.drafts] == ["go.example.com", "", ""]
    body = {"destinationUrl": "https://a.example/", "brandedDomain": "unknown.example"}
    status, answer, _ = await admin.post(body, "/v1/short-link")
    assert (status, answer["code"]) == (400, "DNS_CONFIGURATION_ERROR")
    status, answer, _ = await admin.post({"url": "https://go.example.com/x"})
    assert (status, answer["error"]["details"][0]["field"]) == (400, "url")
