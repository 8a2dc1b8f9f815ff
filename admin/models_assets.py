"""What the XQR API takes and answers about assets, as models."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from admin.fields import Text, Time
from admin.models_qr import XqrPageMeta
from admin.validation import rule
from admin.wire_xqr import XqrMeta
from links.assets import Asset
from links.times import format_seconds

MOST_BYTES = 26_214_400
MAX_FILENAME = 255

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# RFC 9110 §8.3.1, without parameters.
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,10}")


def _filename(text: str) -> str:
    if _CONTROL.search(text) or not text.strip(" ."):
        raise rule("must be a file's name: no control characters and no slashes")
    return text


def _type(text: str) -> str:
    text = text.replace(" ", "+")  # image/svg+xml, as it comes out of a query that was not encoded
    if not _TYPE.fullmatch(text):
        raise rule("must be a media type such as image/png, without parameters")
    return text.lower()


def _size(text: Any) -> Any:
    if isinstance(text, str):
        if not _DIGITS.fullmatch(text):
            raise rule("must be a whole number")
        return int(text)
    return text


class Presign(BaseModel):
    """The file that is about to be uploaded."""

    model_config = ConfigDict(extra="forbid")

    filename: Annotated[Text, Field(min_length=1, max_length=MAX_FILENAME), AfterValidator(_filename)] = Field(
        description="Its name."
    )
    content_type: Annotated[str, AfterValidator(_type)] = Field(
        description="Its media type. For PNG, JPEG, GIF and WebP the bytes have to agree; of others, the bytes say "
        "what they are served as."
    )
    file_size: Annotated[int, BeforeValidator(_size)] = Field(
        ge=1, le=MOST_BYTES, description="Its size in bytes: exactly as many are to be uploaded."
    )


class XqrPresigned(BaseModel):
    """Where to upload a file."""

    asset_id: str = Field(description="Names the asset in the paths of this API: `ast_` and 32 hexadecimal digits.")
    upload_url: str = Field(description="Send the bytes here, within 15 minutes. It is good for one upload.")
    method: str = Field(description="`PUT`.")
    headers: dict[str, str] = Field(description="Header fields to send along. No key is needed.")


class XqrPresignedAnswer(BaseModel):
    """An upload that is waited for."""

    data: XqrPresigned
    meta: XqrMeta


class XqrAsset(BaseModel):
    """A file of the workspace."""

    model_config = ConfigDict(title="Asset (XQR)")

    id: str = Field(description="Names the asset in the paths of this API, and as a logo.")
    filename: str = Field(description="Its name.")
    mime_type: str = Field(description="Its media type: as announced, and by its bytes once they are there.")
    file_size: int = Field(description="In bytes.")
    status: str = Field(description="`pending` until it is confirmed; then `confirmed`.")
    is_public: bool = Field(description="Whether anybody may see it.")
    public_url: str | None = Field(description="Where it is then; null before.")
    tags: list[str] = Field(description="Always empty.")
    created_at: Time = Field(description="ISO 8601, UTC, whole seconds.")
    updated_at: Time = Field(description="ISO 8601, UTC, whole seconds.")


class XqrAssetAnswer(BaseModel):
    """One asset."""

    data: XqrAsset
    meta: XqrMeta


class XqrAssetsAnswer(BaseModel):
    """One page of assets, newest first."""

    data: list[XqrAsset] = Field(description="The assets of this page.")
    meta: XqrPageMeta


def view(asset: Asset, public_url: str) -> dict[str, Any]:
    """``asset`` as the API answers it. ``public_url``: where it is, if anybody may see it."""
    return {
        "id": asset.id,
        "filename": asset.filename,
        "mime_type": asset.mime_type,
        "file_size": asset.file_size,
        "status": asset.status,
        "is_public": asset.is_public,
        "public_url": public_url if asset.is_public else None,
        "tags": [],
        "created_at": format_seconds(asset.created_at),
        "updated_at": format_seconds(asset.updated_at),
    }
