"""What a link's code holds, how it looks, and where it is."""

import pytest

from admin.errors import Problem
from admin.qr_codes import look_of
from admin.qr_designs import PLAIN, Look, of_settings
from admin.qr_images import Wish
from admin.qr_jobs import Done, Refused
from admin.qr_pool import Busy
from links.errors import Code, LinkError
from links.imaging import Found, Picture, Wanted
from links.model import Draft
from tests.admin.conftest import HOST, FakeLinks
from tests.admin.qr_fakes import API, SVG, FakeMedia

ASSET = f"ast_{1:032x}"


@pytest.fixture
def links():
    return FakeLinks()


@pytest.fixture
def media(links):
    return FakeMedia(links)


async def made(links, slug="abc", **fields):
    return await links.create(Draft(destination="https://example.com/", slug=slug, **fields), "test")


async def test_a_code_holds_the_short_url_with_the_mark(links, media):
    link = await made(links)
    await media.codes.of_link(link, "png", 3, None)
    ((job, lane),) = media.pool.jobs
    assert (job.data, job.format, job.size, lane) == (f"http://{HOST}/abc?qr=1", "png", 3, "api")


async def test_a_link_looks_as_its_settings_say_or_plain(links, media):
    plain, own = await made(links, "plain"), await made(links, "own", extras={"color": "#123456"})
    assert look_of(plain) is PLAIN
    assert look_of(own).design == of_settings({"color": "#123456"}).design


async def test_a_template_stands_above_the_links_own_look(links, media):
    link = await made(links, extras={"color": "#123456"})
    media.templates.put("tpl_1", foreground_color="#654321")
    await media.codes.of_link(link, "svg", 10, "tpl_1")
    assert media.pool.jobs[0][0].design.foreground == "#654321"


async def test_another_workspaces_template_is_none(links, media):
    link = await made(links)
    media.templates.put("tpl_2", workspace=2)
    with pytest.raises(LinkError) as caught:
        await media.codes.of_link(link, "svg", 10, "tpl_2")
    assert caught.value.code is Code.NOT_FOUND


async def test_who_has_it_gets_it_without_it_being_drawn(links, media):
    link = await made(links)
    first = await media.codes.of_link(link, "svg", 10, None)
    assert first.body == SVG
    again = await media.codes.of_link(link, "svg", 10, None, f'"{first.ordered.etag}"')
    assert again.body is None
    assert len(media.pool.jobs) == 1


async def test_what_cannot_be_drawn_is_told_in_the_callers_words(media):
    media.pool.answer = Refused("foreground", "too pale")
    for look, field in (
        (Look(PLAIN.design, names={"foreground": "design.foreground_color"}), "design.foreground_color"),
        (of_settings({}), "qrSettings.color"),
    ):
        with pytest.raises(Problem) as caught:
            await media.codes.show(Wish("x", look, 1))
        assert caught.value.message == f"{field}: too pale"


async def test_settings_are_checked_for_the_divsly_api(media):
    await media.codes.check_settings({"color": "#123456"}, 1)
    media.pool.answer = Refused("foreground", "too pale")
    for prefix, field in (("qrSettings.", "qrSettings.color"), ("", "color")):
        with pytest.raises(LinkError) as caught:
            await media.codes.check_settings({"color": "#eeeeee"}, 1, prefix)
        assert (caught.value.code, caught.value.field) == (Code.INVALID, field)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"logo": "https://evil.example/logo.png"}, "qrSettings.logo"),
        ({"logo": "//evil.example/logo.png"}, "qrSettings.logo"),
        ({"logo": ASSET}, "qrSettings.logo"),
        ({"qrLogoId": ASSET}, "qrSettings.qrLogoId"),
    ],
)
async def test_a_logo_that_cannot_be_had_is_refused(media, settings, field):
    with pytest.raises(LinkError) as caught:
        await media.codes.check_settings(settings, 1)
    assert (caught.value.code, caught.value.field) == (Code.INVALID, field)
    assert media.pool.jobs == []


@pytest.mark.parametrize("settings", [{}, {"logo": "facebook"}, {"qrLogoId": 7}, {"preset": "x", "frame": "y"}])
async def test_names_that_say_nothing_here_are_taken(media, settings):
    await media.codes.check_settings(settings, 1)


async def test_an_own_logo_is_taken(media):
    asset = media.assets.put(1)
    await media.codes.check_settings({"logo": f"{API}/assets/{asset.id}/logo.png"}, 1)
    assert media.pool.jobs[0][0].logo.path == f"/assets/{asset.id}"


async def test_the_public_image_is_drawn_on_its_own_lane(links, media):
    link = await made(links)
    picture = await media.codes.public(Wanted(link.id, "png"))
    assert (picture.found, picture.body) == (Found.IMAGE, SVG)
    ((job, lane),) = media.pool.jobs
    assert (job.format, job.size, lane) == ("png", 10, "public")
    assert await media.codes.public(Wanted(link.id, "png", picture.etag)) == Picture(Found.SAME)
    assert (await media.codes.public(Wanted(link.id, "png", "0" * 32))).found is Found.IMAGE


@pytest.mark.parametrize(
    ("answer", "found"),
    [(Refused("foreground", "too pale"), Found.NONE), (Busy(), Found.BUSY), (Done(b""), Found.IMAGE)],
)
async def test_what_the_public_is_told_when_nothing_is_drawn(links, media, answer, found):
    link = await made(links)
    media.pool.answer = answer
    assert (await media.codes.public(Wanted(link.id, "svg"))).found is found


async def test_there_is_no_image_of_no_link(media):
    assert await media.codes.public(Wanted(7, "svg")) == Picture(Found.NONE)


async def test_a_database_that_is_busy_is_no_missing_link(links, media):
    async def busy(number):
        raise LinkError(Code.UNAVAILABLE, "busy")

    media.codes._link_of = busy
    assert await media.codes.public(Wanted(1, "svg")) == Picture(Found.BUSY)


@pytest.mark.parametrize(
    ("address", "image"),
    [
        (f"http://{HOST}/abc", f"http://{HOST}/qr/abc.svg"),
        ("https://go.example/a/b", "https://go.example/qr/a/b.svg"),
        ("https://go.example/%F0%9F%98%80", "https://go.example/qr/%F0%9F%98%80.svg"),
    ],
)
async def test_where_the_image_is(links, address, image):
    link = await made(links)
    links.short_url = lambda _: address
    assert FakeMedia(links).codes.image_url(link) == image
    assert FakeMedia(links, is_public=False).codes.image_url(link) == f"{API}/api/v1/links/{link.uuid}/qr"
