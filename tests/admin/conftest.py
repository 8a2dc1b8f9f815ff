"""The admin's application over links and keys that are kept in memory, and a clock that stands still."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec
import pytest

from admin.app import make_app
from admin.auth import AuthCode, AuthError, Key
from admin.insight import NO_INSIGHT, Insight
from admin.metrics import Metrics
from admin.settings import AdminSettings
from links.errors import Code, LinkError
from links.model import Changes, Draft, Edit, Link, LinkPage, LinkQuery, LinkRef
from tests.admin.counting import SilentLive, insight_of
from tests.admin.domains import FakeDomains
from tests.admin.page_links import FakePageLinks
from tests.admin.pages import FakePages
from tests.admin.qr_fakes import FakeMedia

NOW = 1_774_103_400_500  # 2026-03-21T14:30:00.500Z
HOST = "localhost:8080"


def token(prefix: str) -> str:
    return f"fp_pk_{prefix}." + "x" * 64


def uuid_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


async def hash_password(password: str) -> str:
    return f"hash of {password}"


class FakeLinks:
    """Keeps what it is asked for. ``failing`` is raised by whatever is called next, or by ``failing_in`` alone where
    that names a method; ``calls`` names what was called;
    ``kept`` says of each deletion whether the slug is."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self.drafts: list[Draft] = []
        self.queries: list[LinkQuery] = []
        self.changes: list[Changes] = []
        self.batches: list[int] = []
        self.kept: list[bool] = []
        self.calls: list[str] = []
        self.who: list[str] = []
        self.failing: Exception | None = None
        self.failing_in = ""
        self._ids = count(1)

    def _called(self, name: str, who: str = "") -> None:
        self.calls.append(name)
        self.who.append(who)
        if self.failing is not None and self.failing_in in ("", name):
            raise self.failing

    async def create(self, draft: Draft, who: str) -> Link:
        self._called("create", who)
        self.drafts.append(draft)
        number = next(self._ids)
        slug = draft.slug or "g" * (draft.slug_length or 7)
        if draft.slug and any(link.slug == slug for link in self.links.values()):
            raise LinkError(Code.SLUG_TAKEN, f"slug {slug} is in use", "slug")
        link = Link(
            id=number,
            uuid=uuid_of(number),
            workspace=draft.workspace,
            domain="",
            slug=slug,
            destination=draft.destination,
            location=draft.destination,
            status=None,
            cache_seconds=None,
            forward_query=None,
            enabled=draft.enabled,
            labels=draft.labels,
            title=draft.title,
            rules=[],
            program=None,
            password=draft.password,
            utm=draft.utm,
            extras=draft.extras,
            expires_at=draft.expires_at,
            edits=0,
            rev=number,
            created_at=NOW,
            updated_at=NOW,
        )
        self.links[link.uuid] = link
        return link

    async def create_all(self, drafts: Sequence[Draft], who: str) -> list[Link | LinkError]:
        self._called("create_all", who)
        self.batches.append(len(drafts))
        made: list[Link | LinkError] = []
        for draft in drafts:
            try:
                made.append(await self.create(draft, who))
            except LinkError as error:
                made.append(error)
        return made

    async def get(self, ref: LinkRef, workspace: int) -> Link:
        self._called("get")
        return self._find(ref, workspace)

    async def page(self, query: LinkQuery) -> LinkPage:
        self._called("page")
        self.queries.append(query)
        newest = sorted(self.links.values(), key=lambda link: -link.id)
        found = [link for link in newest if query.before is None or link.id < query.before]
        shown = found[query.offset : query.offset + query.limit]
        more = len(found) > query.offset + query.limit
        return LinkPage(shown, len(newest), shown[-1].id if more else None)

    async def edit(self, ref: LinkRef, changes: Edit, who: str, workspace: int) -> Link:
        self._called("edit", who)
        link = self._find(ref, workspace)
        asked = changes(link) if callable(changes) else changes
        self.changes.append(asked)
        given = {
            name: value for name in asked.__struct_fields__ if (value := getattr(asked, name)) is not msgspec.UNSET
        }
        changed = msgspec.structs.replace(link, **given)
        if changed != link:
            changed = msgspec.structs.replace(changed, edits=link.edits + 1)
        self.links[link.uuid] = changed
        return changed

    async def switch(self, uuids: Sequence[str], who: str, workspace: int, *, enabled: bool) -> int:
        self._called("switch", who)
        found = [uuid for uuid in dict.fromkeys(uuids) if uuid in self.links]
        for uuid in found:
            self.links[uuid] = msgspec.structs.replace(self.links[uuid], enabled=enabled)
        return len(found)

    async def delete(self, ref: LinkRef, who: str, workspace: int, *, keep_code: bool = False) -> None:
        self._called("delete", who)
        del self.links[self._find(ref, workspace).uuid]
        self.kept.append(keep_code)

    async def delete_all(self, ids: Sequence[int], who: str, workspace: int, *, keep_codes: bool) -> list[int]:
        self._called("delete_all", who)
        found = [link for link in self.links.values() if link.id in ids and link.workspace == workspace]
        for link in found:
            del self.links[link.uuid]
            self.kept.append(keep_codes)
        return [link.id for link in found]

    def short_url(self, link: Link) -> str:
        return f"http://{HOST}/{link.slug}"

    def short_host(self, link: Link) -> str:
        return HOST

    def _find(self, ref: LinkRef, workspace: int) -> Link:
        found = [link for link in self.links.values() if ref in (link.uuid, link.id) and link.workspace == workspace]
        if not found:
            raise LinkError(Code.NOT_FOUND, "there is no such link")
        return found[0]


class FakeKeys:
    """``keys`` maps a token to its key, or to the code it is refused with."""

    def __init__(self) -> None:
        self.keys: dict[str, Key | AuthCode] = {
            token("0000000a"): Key("fp_pk_0000000a", "all", frozenset({"*"})),
            token("0000000b"): Key("fp_pk_0000000b", "reader", frozenset({"links:read"})),
            token("0000000c"): Key("fp_pk_0000000c", "writer", frozenset({"links:write"})),
            token("0000000d"): AuthCode.REVOKED,
            token("0000000e"): AuthCode.EXPIRED,
        }

    async def authenticate(self, given: str) -> Key:
        found = self.keys.get(given, AuthCode.INVALID)
        if isinstance(found, AuthCode):
            raise AuthError(found)
        return found


@dataclass
class Admin:
    """The application's parts, and a client to it with a key that may do everything."""

    links: FakeLinks = field(default_factory=FakeLinks)
    keys: FakeKeys = field(default_factory=FakeKeys)
    domains: FakeDomains = field(default_factory=lambda: FakeDomains(HOST))
    pages: FakePages = field(default_factory=lambda: FakePages(HOST))
    health: tuple[int, dict[str, Any]] = (200, {"status": "ok"})
    client: Any = None
    insight: Insight = NO_INSIGHT
    metered: Metrics | None = None

    def __post_init__(self) -> None:
        self.media = FakeMedia(self.links)
        self.page_links = FakePageLinks()

    auth = {"Authorization": f"Bearer {token('0000000a')}"}

    def app(self, **settings: Any) -> Any:
        ids = count(1)

        async def health() -> tuple[int, dict[str, Any]]:
            return self.health

        return make_app(
            self.links,
            self.keys,
            health,
            AdminSettings(**settings),
            HOST,
            lambda: f"req_{next(ids):016x}",
            lambda: NOW,
            hash_password,
            domains=self.domains,
            media=self.media.media(),
            bio=self.pages.bio()._replace(links=self.page_links),
            insight=self.insight,
            metered=self.metered,
        )

    async def call(self, method: str, path: str, json: Any = None, **more: Any) -> tuple[int, Any, Any]:
        """(status, parsed body or ``None``, headers) of a request with the key."""
        headers = {**self.auth, **more.pop("headers", {})}
        if json is not None:
            more["json"] = json
        async with self.client.request(method, path, headers=headers, allow_redirects=False, **more) as response:
            body = await response.read()
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if body and is_json else None, response.headers

    async def post(self, json: Any, path: str = "/api/v1/links") -> tuple[int, Any, Any]:
        return await self.call("POST", path, json)


@pytest.fixture
async def admin(aiohttp_client, tmp_path):
    made = Admin()
    with insight_of(tmp_path, made.links, live=SilentLive(), has_cities=True) as made.insight:
        made.client = await aiohttp_client(made.app())
        yield made
        await made.client.close()


@pytest.fixture
def admin_with(aiohttp_client):
    """An :class:`Admin` with other settings."""

    async def make(**settings):
        made = Admin()
        made.client = await aiohttp_client(made.app(**settings))
        return made

    return make


@pytest.fixture
def bearer():
    """The ``Authorization`` header of a key by the end of its id: a all, b reader, c writer, d revoked, e expired."""
    return lambda end: {"Authorization": f"Bearer {token('0000000' + end)}"}
