import asyncio

import msgspec
import pytest

from admin.qr_designs import PLAIN, Look
from admin.qr_images import ETAG_BYTES, Images, Wish, is_known, quoted
from admin.qr_jobs import Done, Job, Logo, Refused
from admin.qr_pool import Busy
from qr.design import Design
from qr.errors import DesignError
from tests.admin.qr_fakes import FakeAssets, FakePool

WISH = Wish("https://go.example/a?qr=1", PLAIN, 1)
ASSET = f"ast_{1:032x}"
DATA_URL = "data:image/png;base64,AAAA"


@pytest.fixture
def pool():
    return FakePool()


@pytest.fixture
def assets():
    return FakeAssets()


@pytest.fixture
def images(pool, assets):
    return Images(pool, assets, 100)


async def test_what_was_drawn_is_kept(images, pool):
    pool.answer = Done(b"picture")
    ordered = await images.order(WISH)
    assert [await images.draw(ordered) for _ in range(3)] == [b"picture"] * 3
    assert [job for job, _ in pool.jobs] == [Job(design=Design(), data=WISH.data)]
    assert images.kept_bytes == 7


@pytest.mark.parametrize(
    "change",
    [
        {"data": "x"},
        {"look": Look(Design(foreground="#000001"))},
        {"look": Look(Design(), logo_url=DATA_URL)},
        {"look": Look(Design(), asset=ASSET)},
        {"format": "png"},
        {"size": 11},
    ],
)
async def test_the_etag_tells_pictures_apart(images, assets, change):
    assets.put(1)
    first, second = await images.order(WISH), await images.order(WISH._replace(**change))
    assert first.etag != second.etag
    assert len(first.etag) == 2 * ETAG_BYTES
    assert (await images.order(WISH)).etag == first.etag


async def test_the_etag_changes_with_the_program(images, monkeypatch):
    first = await images.order(WISH)
    monkeypatch.setattr("admin.qr_images.versions", lambda: ("another",))
    assert (await images.order(WISH)).etag != first.etag


async def test_whose_it_is_makes_no_other_picture(images):
    assert (await images.order(WISH)).etag == (await images.order(WISH._replace(workspace=2))).etag


async def test_only_so_many_bytes_are_kept_the_longest_unused_go(images, pool):
    orders = [await images.order(WISH._replace(data=str(number))) for number in range(3)]
    for number, ordered in enumerate(orders):
        pool.answer = Done(bytes([number]) * 40)
        await images.draw(ordered)
        if number == 1:
            await images.draw(orders[0])
    pool.jobs.clear()
    assert images.kept_bytes == 80
    await images.draw(orders[0])
    await images.draw(orders[2])
    assert pool.jobs == []
    await images.draw(orders[1])
    assert len(pool.jobs) == 1


async def test_what_is_larger_than_all_room_is_not_kept(images, pool):
    pool.answer = Done(b"x" * 101)
    await images.draw(await images.order(WISH))
    assert images.kept_bytes == 0


async def test_those_who_want_the_same_at_once_wait_for_one_picture(images, pool):
    ordered = await images.order(WISH)
    bodies = await asyncio.gather(*[images.draw(ordered) for _ in range(20)])
    assert len(set(bodies)) == 1
    assert len(pool.jobs) == 1


async def test_who_goes_away_takes_nothing_from_the_others(images, pool):
    ordered = await images.order(WISH)
    first, second = [asyncio.ensure_future(images.draw(ordered)) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    assert await second == pool.answer.body


@pytest.mark.parametrize("failure", [Refused("size", "too large"), Busy()])
async def test_failures_are_told_and_not_kept(images, pool, failure):
    good, pool.answer = pool.answer, failure
    ordered = await images.order(WISH)
    with pytest.raises((DesignError, Busy), match="too"):
        await images.draw(ordered)
    pool.answer = good
    assert await images.draw(ordered) == good.body


async def test_lanes_are_passed_on(images, pool):
    await images.draw(await images.order(WISH), "public")
    assert [lane for _, lane in pool.jobs] == ["public"]


async def test_a_logo_comes_from_a_data_url_or_from_an_asset_of_the_workspace(images, pool, assets):
    asset = assets.put(1)
    for look, logo in (
        (Look(Design(), logo_url=DATA_URL), Logo(url=DATA_URL)),
        (Look(Design(), asset=asset.id), Logo(path=f"/assets/{asset.id}")),
        (PLAIN, None),
    ):
        assert (await images.order(WISH._replace(look=look))).job.logo == logo


@pytest.mark.parametrize(("asset", "workspace"), [(ASSET, 2), (f"ast_{2:032x}", 1)])
async def test_a_logo_that_is_not_there_is_left_out_but_no_design_is_made_with_it(images, assets, asset, workspace):
    assets.put(1)
    look = Look(Design(), asset=asset)
    assert (await images.order(WISH._replace(look=look, workspace=workspace))).job.logo is None
    with pytest.raises(DesignError) as caught:
        await images.check(look, workspace)
    assert caught.value.field == "logo"


async def test_a_design_is_checked_without_being_drawn(images, pool):
    await images.check(PLAIN, 1)
    assert [job.data for job, _ in pool.jobs] == [""]
    pool.answer = Refused("foreground", "too pale")
    with pytest.raises(DesignError, match="too pale"):
        await images.check(PLAIN, 1)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("", False),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        (' "x" ,W/"abc"', True),
        ("*", True),
        (" * ", True),
        ("abc", False),
        ('"abcd"', False),
        ('"ab', False),
    ],
)
def test_what_an_if_none_match_names(header, known):
    assert is_known(header, "abc") is known
    assert quoted("abc") == '"abc"'


def test_a_wish_has_the_documented_defaults():
    assert (WISH.format, WISH.size) == ("svg", 10)
    assert msgspec.structs.asdict(PLAIN.design)["quiet_zone"] == 4
