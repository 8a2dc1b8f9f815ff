"""QR codes and assets that are kept in memory, and a drawer that draws nothing."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from admin.media import Media
from admin.qr_codes import QrCodes
from admin.qr_images import Images
from admin.qr_jobs import Done, Job, Refused
from links.assets import Asset
from links.errors import Code, LinkError, invalid
from links.qr_templates import Design, Template

NOW = 1_774_103_400_500  # 2026-03-21T14:30:00.500Z
API = "http://api.test:8081"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


class FakePool:
    """``jobs``: what it was asked for. ``answer`` is what comes of the next ones; ``full`` are the lanes that are."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Job, str]] = []
        self.answer: Done | Refused | Exception = Done(SVG)
        self.full: set[str] = set()

    def is_full(self, lane: str) -> bool:
        return lane in self.full

    async def run(self, job: Job, lane: str = "api") -> Done | Refused:
        self.jobs.append((job, lane))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakeTemplates:
    """Templates by id."""

    def __init__(self) -> None:
        self.templates: dict[str, Template] = {}
        self._numbers = count(1)

    def put(self, id_: str, workspace: int = 1, **design: Any) -> Template:
        self.templates[id_] = Template(id_, workspace, "Name", None, design, NOW, NOW)
        return self.templates[id_]

    async def create(self, workspace: int, name: str, description: str | None, design: Design) -> Template:
        id_ = f"tpl_{next(self._numbers):024x}"
        self.templates[id_] = Template(id_, workspace, name, description, design, NOW, NOW)
        return self.templates[id_]

    async def page(self, workspace: int, limit: int, offset: int) -> tuple[list[Template], int]:
        mine = [template for template in reversed(self.templates.values()) if template.workspace == workspace]
        return mine[offset : offset + limit], len(mine)

    async def get(self, id_: str, workspace: int) -> Template:
        found = self.templates.get(id_)
        if found is None or found.workspace != workspace:
            raise LinkError(Code.NOT_FOUND, "there is no such template")
        return found

    async def edit(self, id_: str, workspace: int, decide: Callable[[Template], Template]) -> Template:
        self.templates[id_] = decide(await self.get(id_, workspace))
        return self.templates[id_]

    async def delete(self, id_: str, workspace: int) -> None:
        del self.templates[(await self.get(id_, workspace)).id]


class FakeAssets:
    """Assets by id, and their bytes. It is both the store and the files."""

    def __init__(self) -> None:
        self.assets: dict[str, Asset] = {}
        self.bodies: dict[str, bytes] = {}
        self.failing: LinkError | None = None
        self._numbers = count(1)

    def put(self, number: int, **fields: Any) -> Asset:
        values: dict[str, Any] = {
            "id": f"ast_{number:032x}",
            "workspace": 1,
            "filename": "logo.png",
            "mime_type": "image/png",
            "file_size": 3,
            "status": "confirmed",
            "is_public": False,
            "is_uploaded": True,
            "upload_until": NOW,
            "created_at": NOW,
            "updated_at": NOW,
        }
        asset = Asset(**(values | fields))
        self.assets[asset.id] = asset
        return asset

    async def announce(self, workspace: int, filename: str, mime_type: str, file_size: int) -> tuple[Asset, str]:
        if self.failing is not None:
            raise self.failing
        number = next(self._numbers)
        more: dict[str, Any] = {"status": "pending", "is_uploaded": False}
        asset = self.put(
            number, workspace=workspace, filename=filename, mime_type=mime_type, file_size=file_size, **more
        )
        return asset, f"token{number}"

    async def get(self, id_: str, workspace: int) -> Asset:
        found = self.assets.get(id_)
        if found is None or found.workspace != workspace:
            raise LinkError(Code.NOT_FOUND, "there is no such asset")
        return found

    async def published(self, id_: str) -> Asset:
        found = self.assets.get(id_)
        if found is None or not found.is_public:
            raise LinkError(Code.NOT_FOUND, "there is no such asset")
        return found

    async def page(self, workspace: int, limit: int, offset: int) -> tuple[list[Asset], int]:
        mine = [asset for asset in reversed(self.assets.values()) if asset.workspace == workspace]
        return mine[offset : offset + limit], len(mine)

    async def confirm(self, id_: str, workspace: int) -> Asset:
        asset = await self.get(id_, workspace)
        if not asset.is_uploaded:
            raise invalid("asset_id", "has not been uploaded yet")
        self.assets[id_] = msgspec.structs.replace(asset, status="confirmed")
        return self.assets[id_]

    async def publish(self, id_: str, workspace: int) -> Asset:
        asset = await self.get(id_, workspace)
        self.assets[id_] = msgspec.structs.replace(asset, is_public=True)
        return self.assets[id_]

    async def receive(self, token: str, size: int | None, chunks: AsyncIterator[bytes]) -> None:
        self.bodies[token] = b"".join([chunk async for chunk in chunks])

    async def delete(self, id_: str, workspace: int) -> None:
        del self.assets[(await self.get(id_, workspace)).id]

    async def logo_path(self, asset: str, workspace: int) -> str:
        found = self.assets.get(asset)
        return f"/assets/{asset}" if found and found.workspace == workspace else ""

    def path(self, id_: str) -> Path:
        return Path("/nowhere") / id_


class FakeMedia:
    """Everything that the routes of QR codes and assets need. ``links``: where links are found by their number."""

    def __init__(self, links: Any, *, is_public: bool = True) -> None:
        self.pool = FakePool()
        self.templates = FakeTemplates()
        self.assets = FakeAssets()
        self.images = Images(self.pool, self.assets, 1 << 20)

        async def link_of(number: int) -> Any:
            for link in links.links.values():
                if link.id == number:
                    return link
            raise LinkError(Code.NOT_FOUND, "no such link")

        self.codes = QrCodes(self.images, self.templates, link_of, links.short_url, API, is_public=is_public)

    def media(self) -> Media:
        files: Any = self.assets
        return Media(self.codes, self.assets, files, API)
