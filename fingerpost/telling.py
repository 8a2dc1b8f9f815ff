"""What is said on the terminal once everything answers: where it is, and the first key."""

import sys
from ipaddress import ip_address
from pathlib import Path

from admin.settings import FIRST_KEY_FILE
from fingerpost.config import Config, api_url, base_url
from fingerpost.supervisor import Supervisor


async def tell(supervisor: Supervisor, config: Config, key: str | None, *, with_admin: bool) -> None:
    """Once everything answers: where it is, and the first key with a line to try it with."""
    api = api_url(config)
    if not await supervisor.ready():
        if key is not None:  # it is stored already, and never shown again
            show_key(api, key)
        return
    print(f"short links  {base_url(config)}/")
    if with_admin:
        print(f"API          {api}/api/v1")
        print(f"docs         {api}/docs")
    print(f"data         {config.data_dir}")
    if is_loopback_only_base(config):
        print(
            "warning: server.base_url is a loopback address while server.host is not: "
            "short links will only work on this machine; set server.base_url",
            file=sys.stderr,
        )
    first_key_file = Path(config.data_dir) / FIRST_KEY_FILE
    if key is not None:
        show_key(api, key)
    elif with_admin and first_key_file.exists():
        print(f"first key    {first_key_file} (removed at its first use)")
    sys.stdout.flush()


def show_key(api: str, key: str) -> None:
    print(f"\nYour API key, shown only this once:\n\n  {key}\n\nMake a first link with it:\n")
    print(curl_line(api, key), flush=True)


def curl_line(api: str, key: str) -> str:
    """A command that makes a short link."""
    return (
        f"  curl {api}/api/v1/links -H 'Authorization: Bearer {key}' "
        "-H 'Content-Type: application/json' -d '{\"url\": \"https://example.com/\"}'\n"
    )


def is_loopback_only_base(config: Config) -> bool:
    """Whether short links name this machine only, while strangers can reach the server."""
    host = base_url(config).split("//")[1]
    name = host[1 : host.index("]")] if host.startswith("[") else host.split(":")[0]
    hosts = [config.server.host] if isinstance(config.server.host, str) else config.server.host
    return _is_loopback(name) and not all(_is_loopback(each) for each in hosts)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
