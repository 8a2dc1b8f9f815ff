"""The configuration: one file, the environment over it, one frozen type that each room takes its own part of.

Knows where a configuration may stand and how each key is written in a file and in the environment; what a key may
hold is in :mod:`fingerpost.limits`, what it means in the rooms' settings and in config.toml.
Every error is one line that names the key and where it was found, and never repeats a value: it may be a secret.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from admin.settings import AdminSettings, AssetsSettings, DomainsSettings, QrSettings
from clicks.settings import ClicksSettings, GeoipSettings, StatsSettings
from fingerpost.limits import RULES
from links.settings import LinkSettings
from server.settings import ServerSettings

SYSTEM_FILE = Path("/etc/fingerpost/config.toml")
PREFIX = "FINGERPOST_"
FILE_VARIABLE = "FINGERPOST_CONFIG"
# Read by others, and so no keys.
OTHER_VARIABLES = frozenset({FILE_VARIABLE, "FINGERPOST_INITIAL_KEY_FILE"})
# What Kubernetes puts into every container for a service whose name is "fingerpost" or begins so.
INJECTED = re.compile(r"FINGERPOST_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
INJECTED_PORT = re.compile(r"(tcp|udp|sctp)://")

HTTP_PORT = 80
# difflib's ratios, 0 to 1: a slip of a letter or two; the least that is worth a suggestion.
VERY_LIKE = 0.85
LIKE = 0.6


class ConfigError(Exception):
    """The configuration cannot be used; the message is one line for the person who wrote it."""


class Config(msgspec.Struct, frozen=True):
    """Everything that can be set. ``data_dir`` and ``geoip.path`` are absolute once loaded."""

    data_dir: str = "data"
    server: ServerSettings = ServerSettings()
    admin: AdminSettings = AdminSettings()
    links: LinkSettings = LinkSettings()
    domains: DomainsSettings = DomainsSettings()
    qr: QrSettings = QrSettings()
    assets: AssetsSettings = AssetsSettings()
    clicks: ClicksSettings = ClicksSettings()
    stats: StatsSettings = StatsSettings()
    geoip: GeoipSettings = GeoipSettings()


class Loaded(msgspec.Struct, frozen=True):
    """A configuration and the absolute path of the file it came from, ``None`` for built-in defaults."""

    config: Config
    file: Path | None

    @property
    def data_dir(self) -> Path:
        """The data directory, absolute, whether it exists or not."""
        return Path(self.config.data_dir)


class _Given(NamedTuple):
    """A value as it was found, where (for messages), and the directory that a relative path in it starts from."""

    value: Any
    origin: str
    base: Path


class _Kind(NamedTuple):
    """How values of one type are called, and how the text of an environment variable becomes one."""

    expected: str
    from_text: Callable[[str], Any]


def load(explicit: str | None, environ: Mapping[str, str], cwd: Path, system_file: Path = SYSTEM_FILE) -> Loaded:
    """Finds, reads and checks the configuration.

    The file is ``explicit`` (``--config``), else ``$FINGERPOST_CONFIG``, else config.toml in ``cwd``, else
    ``system_file``, else none. ``environ`` overrides single keys. Relative paths start from the file's directory,
    those of the environment, and of the defaults where there is no file, from ``cwd``, which is absolute.

    Raises :class:`ConfigError`.
    """
    file, text = _find(explicit, environ, cwd, system_file)
    given = {} if file is None else _from_file(file, text)
    given |= _from_environment(environ, cwd)
    values = {key: _checked(key, one) for key, one in given.items()}
    # A file that leaves the default alone means the one that stands in it, commented out: beside the file.
    place = given["data_dir"].base if "data_dir" in given else cwd if file is None else file.parent
    # Not Path.resolve, which fails on a loop of links: the data directory's own errors are told where it is opened.
    data_dir = os.path.realpath(place / values.get("data_dir", Config().data_dir))
    if values.get("geoip.path"):
        # Links are left as they are: what a link leads to may be replaced while this runs.
        values["geoip.path"] = str(given["geoip.path"].base / values["geoip.path"])
    sections: dict[str, Any] = {name: settings(**_inside(name, values)) for name, settings in SECTIONS.items()}
    return Loaded(Config(data_dir=data_dir, **sections), file)


def _inside(section: str, values: dict[str, Any]) -> dict[str, Any]:
    """The keys of one section, by their last part."""
    prefix = f"{section}."
    return {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}


def base_url(config: Config) -> str:
    """What short links begin with, without a trailing slash."""
    return config.server.base_url.removesuffix("/") or _web_address("localhost", config.server.port)


def api_url(config: Config) -> str:
    """Where the API answers, without a trailing slash: as it is configured, else seen from this machine."""
    if config.admin.base_url:
        return config.admin.base_url.removesuffix("/")
    hosts = config.admin.host
    host = hosts if isinstance(hosts, str) else hosts[0]
    return _web_address("localhost" if host in ("0.0.0.0", "::") else host, config.admin.port)


def _web_address(host: str, port: int) -> str:
    authority = f"[{host}]" if ":" in host else host
    return f"http://{authority}" if port == HTTP_PORT else f"http://{authority}:{port}"


def _find(explicit: str | None, environ: Mapping[str, str], cwd: Path, system_file: Path) -> tuple[Path | None, str]:
    """The file to be used and its text. Only a file that nobody named may be missing."""
    name, by = (explicit, "--config") if explicit is not None else (environ.get(FILE_VARIABLE) or None, FILE_VARIABLE)
    for file in (cwd / "config.toml", system_file) if name is None else (cwd / name,):
        if (text := _read(file)) is not None:
            return file, text
    if name is not None:
        raise ConfigError(f"{cwd / name}: there is no such file (named by {by})")
    return None, ""


def _read(file: Path) -> str | None:
    try:
        return file.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 at byte {error.start}") from error


def _from_file(file: Path, text: str) -> dict[str, _Given]:
    try:
        document = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, and int()'s own on a number of thousands of digits
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    given = {}
    for key, value in _flat(file, document):
        if key not in KEYS:
            raise ConfigError(f"{file}: unknown key {_printable(key)}{_hint(_nearest(key, [*KEYS, *SECTIONS]))}")
        given[key] = _Given(value, f"{file}: {key}", file.parent)
    return given


def _flat(file: Path, document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if name not in SECTIONS:
            # In quotes, so that a top-level "server.port" is not taken for the key of that name.
            yield (f'"{name}"' if "." in name else name), value
        elif isinstance(value, dict):
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            raise ConfigError(f"{file}: {name}: expected a table, [{name}]")


def _from_environment(environ: Mapping[str, str], cwd: Path) -> dict[str, _Given]:
    given = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in OTHER_VARIABLES or _is_injected(name, environ[name]):
            continue
        key = name.removeprefix(PREFIX).lower().replace("__", ".")
        if _variable(key) != name or key not in KEYS:
            meant = [_variable(likely) for likely in _nearest(key, KEYS)]
            raise ConfigError(f"{_printable(name)}: unknown key in the environment{_hint(meant)}")
        given[key] = _Given(KINDS[KEYS[key]].from_text(environ[name]), name, cwd)
    return given


def _is_injected(name: str, value: str) -> bool:
    """Two underscores are always meant for us. FINGERPOST_SERVER_PORT=9000 is a slip that has to be told;
    FINGERPOST_SERVER_PORT=tcp://10.0.0.7:9000 is Kubernetes speaking of a service "fingerpost-server"."""
    if "__" in name:
        return False
    return bool(INJECTED.fullmatch(name) or (name.endswith("_PORT") and INJECTED_PORT.match(value)))


def _checked(key: str, given: _Given) -> Any:
    """The value in its own type, within its limits."""
    try:
        value = msgspec.convert(given.value, KEYS[key])
    except msgspec.ValidationError:
        raise ConfigError(f"{given.origin}: expected {KINDS[KEYS[key]].expected}") from None
    complaint = RULES[key](value)
    if complaint is not None:
        raise ConfigError(f"{given.origin}: {complaint}")
    return value


def _toml(text: str) -> Any:
    """The text as a TOML value; as it stands where it is none, for the type check to refuse."""
    try:
        document = tomllib.loads(f"value = {text}")
    except ValueError:
        return text
    # More than one key: the text had a line break and went on.
    return document["value"] if len(document) == 1 else text


def _list(text: str) -> Any:
    """A TOML array, or what stands between commas."""
    value = _toml(text) if text.lstrip().startswith("[") else text
    return value if isinstance(value, list) else [part.strip() for part in text.split(",") if part.strip()]


def _text_or_list(text: str) -> Any:
    return _list(text) if text.lstrip().startswith("[") or "," in text else text


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def _nearest(wrong: str, names: Iterable[str]) -> list[str]:
    """What was probably meant: a name that is all but the same, else the same key of another section, else the
    likest name, if any is like it."""
    names = list(names)
    leaf = wrong.rpartition(".")[2]
    return (
        difflib.get_close_matches(wrong, names, 1, VERY_LIKE)
        or [name for name in names if name.rpartition(".")[2] == leaf]
        or difflib.get_close_matches(wrong, names, 1, LIKE)
    )


def _hint(names: list[str]) -> str:
    return f"; did you mean {' or '.join(names)}?" if names else ""


def _printable(text: str) -> str:
    return text if text.isprintable() else ascii(text)


SECTIONS: dict[str, type[msgspec.Struct]] = {
    field.name: field.type for field in msgspec.structs.fields(Config) if field.type is not str
}
# The type of each key by its dotted name, in the order of the settings types.
KEYS: dict[str, Any] = {
    "data_dir": str,
    **{
        f"{section}.{field.name}": field.type
        for section, settings in SECTIONS.items()
        for field in msgspec.structs.fields(settings)
    },
}
KINDS: dict[Any, _Kind] = {
    str: _Kind("a string", str),
    int: _Kind("a whole number", _toml),
    bool: _Kind("true or false", _toml),
    tuple[str, ...]: _Kind("a list of strings", _list),
    str | tuple[str, ...]: _Kind("a string or a list of strings", _text_or_list),
}
