"""The XQR API's handlers for assets: take what was parsed, call the assets, say what to answer."""

from collections.abc import AsyncIterator
from typing import Protocol
from urllib.parse import quote

from admin.dialect import Reply
from admin.models_assets import Presign, view
from admin.models_qr import ListPage
from admin.routing import Call
from links.assets import Asset

FILES_PATH = "/assets"
"""Below it are the published files, on the admin's port. No short link begins so, where both are on one host."""


class Assets(Protocol):
    """``links.assets.AssetStore``."""

    async def announce(self, workspace: int, filename: str, mime_type: str, file_size: int) -> tuple[Asset, str]: ...

    async def get(self, id_: str, workspace: int) -> Asset: ...

    async def published(self, id_: str) -> Asset: ...

    async def page(self, workspace: int, limit: int, offset: int) -> tuple[list[Asset], int]: ...

    async def confirm(self, id_: str, workspace: int) -> Asset: ...

    async def publish(self, id_: str, workspace: int) -> Asset: ...


class Files(Protocol):
    """``admin.asset_files.AssetFiles``."""

    async def receive(self, token: str, size: int | None, chunks: AsyncIterator[bytes]) -> None: ...

    async def delete(self, id_: str, workspace: int) -> None: ...


class XqrAssets:
    """The handlers under ``/assets``. ``api_url``: what their addresses begin with."""

    def __init__(self, assets: Assets, files: Files, api_url: str) -> None:
        self._assets = assets
        self._files = files
        self._api_url = api_url

    async def presign(self, call: Call) -> Reply:
        """POST /assets/presign"""
        asked: Presign = call.query
        asset, token = await self._assets.announce(call.workspace, asked.filename, asked.content_type, asked.file_size)
        return Reply(
            {
                "asset_id": asset.id,
                "upload_url": f"{self._api_url}/api/v1/assets/uploads/{token}",
                "method": "PUT",
                "headers": {"Content-Type": asked.content_type},
            }
        )

    async def upload(self, call: Call) -> Reply:
        """PUT /assets/uploads/{token}"""
        assert call.upload is not None
        await self._files.receive(call.path["token"], call.upload.size, call.upload.chunks)
        return Reply(None)

    async def confirm(self, call: Call) -> Reply:
        """POST /assets/{id}/confirm"""
        return self._view(await self._assets.confirm(call.path["id"], call.workspace))

    async def publish(self, call: Call) -> Reply:
        """POST /assets/{id}/publish"""
        return self._view(await self._assets.publish(call.path["id"], call.workspace))

    async def page(self, call: Call) -> Reply:
        """GET /assets"""
        asked: ListPage = call.query
        assets, total = await self._assets.page(call.workspace, asked.limit, asked.offset)
        meta = {"total": total, "limit": asked.limit, "offset": asked.offset}
        return Reply([view(asset, self._url(asset)) for asset in assets], meta)

    async def get(self, call: Call) -> Reply:
        """GET /assets/{id}"""
        return self._view(await self._assets.get(call.path["id"], call.workspace))

    async def delete(self, call: Call) -> Reply:
        """DELETE /assets/{id}"""
        await self._files.delete(call.path["id"], call.workspace)
        return Reply(None)

    def _view(self, asset: Asset) -> Reply:
        return Reply(view(asset, self._url(asset)))

    def _url(self, asset: Asset) -> str:
        return f"{self._api_url}{FILES_PATH}/{asset.id}/{quote(asset.filename, safe='')}"
