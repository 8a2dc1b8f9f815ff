"""QR codes in the XQR API, over HTTP; nothing is drawn."""

import re

import pytest

from admin.auth import Key
from admin.qr_jobs import CONTENT_TYPES, Done, Refused
from admin.qr_pool import Busy
from tests.admin.conftest import HOST, token, uuid_of
from tests.admin.qr_fakes import SVG

TEMPLATES = "/api/v1/qr/templates"
DEFAULTS = {
    "foreground_color": "#000000",
    "background_color": "#FFFFFF",
    "error_correction": "M",
    "dot_style": "square",
    "corner_style": "square",
    "logo_url": None,
    "logo_size": 0.2,
    "quiet_zone": 1,
}
ASSET = f"ast_{1:032x}"


async def get(admin, path, **more):
    """(status, headers, body) of a GET, which may be a picture."""
    headers = admin.auth | more.pop("headers", {})
    async with admin.client.request(more.pop("method", "GET"), path, headers=headers, **more) as response:
        return response.status, response.headers, await response.read()


def jobs(admin):
    return [job for job, _ in admin.media.pool.jobs]


# GET /links/{id}/qr


async def test_the_code_of_a_link(admin):
    await admin.post({"url": "https://example.com/", "custom_slug": "summer24"})
    status, headers, body = await get(admin, f"/v1/links/{uuid_of(1)}/qr")
    assert (status, body) == (200, SVG)
    assert headers["Content-Type"] == "image/svg+xml"
    assert headers["Content-Disposition"] == 'inline; filename="00000000-qr.svg"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["X-Request-Id"].startswith("req_")
    assert headers["X-RateLimit-Limit"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', headers["ETag"])
    assert (jobs(admin)[0].data, jobs(admin)[0].size) == (f"http://{HOST}/summer24?qr=1", 10)


@pytest.mark.parametrize("format_", CONTENT_TYPES)
async def test_formats_and_sizes(admin, format_):
    await admin.post({"url": "https://example.com/"})
    status, headers, _ = await get(admin, f"/api/v1/links/{uuid_of(1)}/qr?format={format_}&size=50")
    assert (status, headers["Content-Type"]) == (200, CONTENT_TYPES[format_])
    assert headers["Content-Disposition"].endswith(f'-qr.{format_}"')
    assert ("Content-Security-Policy" in headers) is (format_ == "svg")
    assert (jobs(admin)[0].format, jobs(admin)[0].size) == (format_, 50)


async def test_who_has_the_picture_is_told_so(admin):
    await admin.post({"url": "https://example.com/"})
    path = f"/v1/links/{uuid_of(1)}/qr"
    _, headers, _ = await get(admin, path)
    status, again, body = await get(admin, path, headers={"If-None-Match": f'"x", {headers["ETag"]}'})
    assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
    assert "Content-Type" not in again or again["Content-Type"] != "image/svg+xml"
    assert (await get(admin, path, headers={"If-None-Match": '"x"'}))[0] == 200
    assert len(jobs(admin)) == 1


async def test_head_says_what_get_would(admin):
    await admin.post({"url": "https://example.com/"})
    status, headers, body = await get(admin, f"/v1/links/{uuid_of(1)}/qr", method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(SVG)), b"")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("format=gif", "format: must be one of 'svg', 'png' or 'pdf'"),
        ("size=0", "size: must be at least 1"),
        ("size=51", "size: must be at most 50"),
        ("size=1.5", "size: must be a whole number"),
        ("size=-1", "size: must be a whole number"),
        ("size=", "size: must be a whole number"),
        ("size=1&size=2", "size: is given more than once"),
        ("colour=x", 'colour: unknown parameter "colour"'),
    ],
)
async def test_bad_parameters_are_named(admin, query, said):
    await admin.post({"url": "https://example.com/"})
    status, answer, _ = await admin.call("GET", f"/v1/links/{uuid_of(1)}/qr?{query}")
    assert (status, answer["error"]["message"]) == (400, said)
    assert jobs(admin) == []


@pytest.mark.parametrize("path", [f"/v1/links/{uuid_of(9)}/qr", "/v1/links/abc/qr", "/v1/links/'/qr"])
async def test_there_is_no_code_of_no_link(admin, path):
    status, answer, _ = await admin.call("GET", path)
    assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")


async def test_a_template_that_is_not_there_is_not_found(admin):
    await admin.post({"url": "https://example.com/"})
    admin.media.templates.put("tpl_2", workspace=2)
    for id_ in ("tpl_1", "tpl_2", ""):
        status, answer, _ = await admin.call("GET", f"/v1/links/{uuid_of(1)}/qr?template_id={id_}")
        assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")


async def test_a_picture_that_cannot_be_drawn_is_a_400_and_too_many_a_503(admin):
    await admin.post({"url": "https://example.com/"})
    admin.media.pool.answer = Refused("size", "must be at most 38")
    status, answer, _ = await admin.call("GET", f"/v1/links/{uuid_of(1)}/qr")
    assert (status, answer["error"]["message"]) == (400, "size: must be at most 38")
    admin.media.pool.answer = Busy()
    status, answer, headers = await admin.call("GET", f"/v1/links/{uuid_of(1)}/qr")
    assert (status, answer["error"]["code"], headers["Retry-After"]) == (503, "SERVICE_UNAVAILABLE", "1")


# Templates


async def test_a_template_from_its_making_to_its_end(admin):
    body = {"name": "Summer", "design": {"dot_style": "dots", "logo_size": 0.3}}
    status, answer, _ = await admin.call("POST", TEMPLATES, body)
    made = answer["data"]
    assert status == 201
    assert list(made) == ["id", "name", "description", "design", "created_at", "updated_at"]
    assert re.fullmatch(r"tpl_[0-9a-f]{24}", made["id"])
    assert made["design"] == {**DEFAULTS, "dot_style": "dots", "logo_size": 0.3}
    assert (made["description"], made["created_at"]) == (None, "2026-03-21T14:30:00Z")
    path = f"{TEMPLATES}/{made['id']}"
    assert (await admin.call("GET", path))[1]["data"] == made
    change = {"description": "x", "design": {"quiet_zone": 4}}
    status, answer, _ = await admin.call("PATCH", path, change)
    assert status == 200
    design = {**DEFAULTS, "dot_style": "dots", "logo_size": 0.3, "quiet_zone": 4}
    assert answer["data"] == {**made, "description": "x", "design": design}
    assert (await admin.call("PATCH", path, {}))[1]["data"] == answer["data"]
    assert (await admin.call("PATCH", path, {"description": None}))[1]["data"]["description"] is None
    status, nothing, _ = await admin.call("DELETE", path)
    assert (status, nothing) == (204, None)
    assert (await admin.call("GET", path))[0] == 404


async def test_null_is_as_good_as_nothing_where_a_template_is_made(admin):
    body = {"name": "x", "description": None, "design": dict.fromkeys(DEFAULTS)}
    status, answer, _ = await admin.call("POST", TEMPLATES, body)
    assert (status, answer["data"]["design"]) == (201, DEFAULTS)
    status, answer, _ = await admin.call("POST", TEMPLATES, {"name": "x", "design": None})
    assert (status, answer["data"]["design"]) == (201, DEFAULTS)


async def test_a_logo_is_put_in_and_taken_out(admin):
    admin.media.assets.put(1)
    _, answer, _ = await admin.call("POST", TEMPLATES, {"name": "x", "design": {"logo_url": ASSET}})
    assert answer["data"]["design"]["logo_url"] == ASSET
    path = f"{TEMPLATES}/{answer['data']['id']}"
    _, answer, _ = await admin.call("PATCH", path, {"design": {"logo_url": None}})
    assert answer["data"]["design"]["logo_url"] is None


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({}, "name", "is required"),
        ({"name": ""}, "name", "must not be empty"),
        ({"name": None}, "name", "must be a string, not null"),
        ({"name": "x" * 101}, "name", "must have at most 100 characters"),
        ({"name": "x", "description": "x" * 501}, "description", "must have at most 500 characters"),
        ({"name": "x", "designs": {}}, "designs", 'unknown field "designs" (did you mean "design"?)'),
        ({"name": "x", "design": []}, "design", "must be an object"),
        (
            {"name": "x", "design": {"dotstyle": "dots"}},
            "design.dotstyle",
            'unknown field "dotstyle" (did you mean "dot_style"?)',
        ),
        ({"name": "x", "design": {"foreground_color": "red"}}, "design.foreground_color", "must be a hexadecimal"),
        ({"name": "x", "design": {"foreground_color": "#12345g"}}, "design.foreground_color", "must be a hexadecimal"),
        ({"name": "x", "design": {"background_color": 7}}, "design.background_color", "must be a string"),
        ({"name": "x", "design": {"error_correction": "X"}}, "design.error_correction", "must be one of"),
        ({"name": "x", "design": {"dot_style": "stars"}}, "design.dot_style", "must be one of"),
        ({"name": "x", "design": {"corner_style": "extra-rounded"}}, "design.corner_style", "must be one of"),
        ({"name": "x", "design": {"logo_size": 0.05}}, "design.logo_size", "must be at least 0.1"),
        ({"name": "x", "design": {"logo_size": 0.5}}, "design.logo_size", "must be at most 0.4"),
        ({"name": "x", "design": {"logo_size": True}}, "design.logo_size", "must be a number"),
        ({"name": "x", "design": {"quiet_zone": -1}}, "design.quiet_zone", "must be at least 0"),
        ({"name": "x", "design": {"quiet_zone": 1.5}}, "design.quiet_zone", "must be an integer"),
        ({"name": "x", "design": {"quiet_zone": 11}}, "design.quiet_zone", "must be at most 10"),
        ({"name": "x", "design": {"logo_url": "https://evil.example/x.png"}}, "design.logo_url", "never fetched"),
        ({"name": "x", "design": {"logo_url": "http://169.254.169.254/"}}, "design.logo_url", "never fetched"),
        ({"name": "x", "design": {"logo_url": "file:///etc/passwd"}}, "design.logo_url", "must be a data URL"),
        ({"name": "x", "design": {"logo_url": "data:" + "x" * 65_536}}, "design.logo_url", "must have at most"),
        ({"name": "x", "design": {"logo_url": ASSET}}, "design.logo_url", "no such picture"),
    ],
)
async def test_what_is_wrong_with_a_template_is_named(admin, body, field, said):
    status, answer, _ = await admin.call("POST", TEMPLATES, body)
    (detail,) = answer["error"]["details"]
    assert (status, answer["error"]["code"], detail["field"]) == (400, "VALIDATION_ERROR", field)
    assert said in detail["message"]
    assert admin.media.templates.templates == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": None}, "name"),
        ({"design": None}, "design"),
        ({"design": {"dot_style": None}}, "design.dot_style"),
        ({"design": {"quiet_zone": None}}, "design.quiet_zone"),
        ({"design": {"nothing": 1}}, "design.nothing"),
    ],
)
async def test_null_is_refused_where_a_template_is_changed(admin, body, field):
    admin.media.templates.put("tpl_1")
    status, answer, _ = await admin.call("PATCH", f"{TEMPLATES}/tpl_1", body)
    assert (status, [detail["field"] for detail in answer["error"]["details"]]) == (400, [field])


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_unreadable_colours_are_refused_with_their_contrast(admin, method):
    before = admin.media.templates.put("tpl_1")
    admin.media.pool.answer = Refused("foreground", "the contrast of #eeeeee on #ffffff is 1.16:1")
    path = TEMPLATES if method == "POST" else f"{TEMPLATES}/tpl_1"
    status, answer, _ = await admin.call(method, path, {"name": "x", "design": {"foreground_color": "#eeeeee"}})
    assert status == 400
    assert answer["error"]["details"] == [
        {"field": "design.foreground_color", "message": "the contrast of #eeeeee on #ffffff is 1.16:1"}
    ]
    assert admin.media.templates.templates == {"tpl_1": before}


async def test_templates_are_listed_by_page(admin):
    for name in "abc":
        await admin.call("POST", TEMPLATES, {"name": name})
    _, answer, _ = await admin.call("GET", f"{TEMPLATES}?limit=2&offset=1")
    assert [template["name"] for template in answer["data"]] == ["b", "a"]
    meta = answer["meta"]
    assert (meta["total"], meta["limit"], meta["offset"]) == (3, 2, 1)
    assert "rate_limit" in meta
    for query in ("limit=0", "limit=201", "offset=-1", "limit=x", "page=1"):
        assert (await admin.call("GET", f"{TEMPLATES}?{query}"))[0] == 400


async def test_another_workspaces_template_is_not_found(admin):
    admin.media.templates.put("tpl_2", workspace=2)
    path = f"{TEMPLATES}/tpl_2"
    calls = [("GET", path), ("PATCH", path), ("DELETE", path), ("GET", f"{path}/render?data=x")]
    for method, where in calls:
        assert (await admin.call(method, where, {} if method == "PATCH" else None))[0] == 404
    assert (await admin.call("GET", TEMPLATES))[1]["data"] == []


# Rendering


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_text_is_drawn_with_a_template(admin, method):
    admin.media.templates.put("tpl_1", dot_style="dots")
    status, headers, body = await get(
        admin, f"{TEMPLATES}/tpl_1/render?data=Gr%C3%BC%C3%9Fe&format=png&size=3", method=method
    )
    assert (status, body, headers["Content-Type"]) == (200, SVG, "image/png")
    assert headers["Content-Disposition"] == 'inline; filename="qr.png"'
    (job,) = jobs(admin)
    assert (job.data, job.format, job.size, job.design.pattern, job.design.quiet_zone) == ("Grüße", "png", 3, "dots", 1)


async def test_a_text_is_drawn_as_the_query_says(admin):
    design = (
        "foreground_color=%23123456&dot_style=classy&corner_style=dot&error_correction=H&quiet_zone=0&logo_size=0.3"
    )
    status, _, _ = await get(admin, f"/v1/qr/render?data=x&{design}")
    (job,) = jobs(admin)
    drawn = job.design
    assert status == 200
    assert (drawn.foreground, drawn.pattern, drawn.corner, drawn.level) == ("#123456", "classy", "dot", "H")
    assert (drawn.quiet_zone, drawn.logo_size) == (0, 0.3)


async def test_a_text_is_drawn_as_the_body_says(admin):
    body = {"data": "x", "design": {"dot_style": "rounded"}, "format": "pdf", "size": 7}
    status, headers, _ = await get(admin, "/v1/qr/render", method="POST", json=body)
    (job,) = jobs(admin)
    assert (status, headers["Content-Type"]) == (200, "application/pdf")
    assert (job.data, job.design.pattern, job.size) == ("x", "rounded", 7)
    nulls = {"data": "x", "design": None, "format": None, "size": None}
    await get(admin, "/v1/qr/render", method="POST", json=nulls)
    assert (jobs(admin)[1].format, jobs(admin)[1].size) == ("svg", 10)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "data"),
        ("data=", "data"),
        ("data=" + "x" * 1_274, "data"),
        ("data=%00", "data"),
        ("data=x&logo_size=big", "logo_size"),
        ("data=x&logo_size=nan", "logo_size"),
        ("data=x&logo_size=1e9", "logo_size"),
        ("data=x&quiet_zone=1.0", "quiet_zone"),
        ("data=x&foreground_color=red", "foreground_color"),
        ("data=x&logo_url=https://evil.example/x.png", "logo_url"),
        ("data=x&design=y", "design"),
        ("data=x&size=51", "size"),
    ],
)
async def test_what_is_wrong_with_a_query_is_named(admin, query, field):
    status, answer, _ = await admin.call("GET", f"/v1/qr/render?{query}")
    assert (status, [detail["field"] for detail in answer["error"]["details"]]) == (400, [field])
    assert jobs(admin) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "data"),
        ({"data": 7}, "data"),
        ({"data": "x", "size": "7"}, "size"),
        ({"data": "x", "format": "SVG"}, "format"),
        ({"data": "x", "design": {"x": 1}}, "design.x"),
    ],
)
async def test_what_is_wrong_with_a_body_is_named(admin, body, field):
    status, answer, _ = await admin.call("POST", "/v1/qr/render", body)
    assert (status, [detail["field"] for detail in answer["error"]["details"]]) == (400, [field])


# Who may do what


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", TEMPLATES, "qr:read"),
        ("GET", f"{TEMPLATES}/tpl_1", "qr:read"),
        ("POST", TEMPLATES, "qr:write"),
        ("PATCH", f"{TEMPLATES}/tpl_1", "qr:write"),
        ("DELETE", f"{TEMPLATES}/tpl_1", "qr:write"),
        ("GET", f"{TEMPLATES}/tpl_1/render?data=x", "qr:render"),
        ("POST", f"{TEMPLATES}/tpl_1/render?data=x", "qr:render"),
        ("GET", "/v1/qr/render?data=x", "qr:render"),
        ("POST", "/v1/qr/render", "qr:render"),
        ("GET", f"/v1/links/{uuid_of(1)}/qr", "qr:render"),
        ("GET", "/v1/assets", "assets:read"),
        ("GET", f"/v1/assets/{ASSET}", "assets:read"),
        ("POST", "/v1/assets/presign?filename=a&content_type=a/b&file_size=1", "assets:write"),
        ("POST", f"/v1/assets/{ASSET}/confirm", "assets:write"),
        ("POST", f"/v1/assets/presign/{ASSET}/confirm", "assets:write"),
        ("POST", f"/v1/assets/{ASSET}/publish", "assets:write"),
        ("DELETE", f"/v1/assets/{ASSET}", "assets:write"),
    ],
)
async def test_each_needs_its_scope(admin, method, path, scope):
    await admin.post({"url": "https://example.com/"})
    admin.media.templates.put("tpl_1")
    admin.media.assets.put(1)
    admin.media.pool.answer = Done(SVG)
    body = {"name": "x", "data": "x"}
    for scopes, let_in in (({scope}, True), ({"links:read", "links:write", "bio:read"}, False)):
        key = token("000000aa")
        admin.keys.keys[key] = Key("fp_pk_000000aa", "x", frozenset(scopes))
        send = {} if method == "GET" or "?" in path or "assets" in path else {"json": body}
        status, _, answer = await get(admin, path, method=method, headers={"Authorization": f"Bearer {key}"}, **send)
        if not let_in:
            assert (status, scope.encode() in answer) == (403, True)
        else:
            assert status not in (401, 403)
