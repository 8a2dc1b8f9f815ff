import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admin.settings import AdminSettings
from fingerpost.config import KEYS, KINDS, SECTIONS, Config, ConfigError, Loaded, api_url, base_url, load
from fingerpost.limits import RULES
from links.settings import LinkSettings
from server.settings import ServerSettings

SHIPPED = Path(__file__).parents[2] / "config.toml"
Reader = Callable[..., Loaded]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Loads ``text`` as ./config.toml, under the given environment."""

    def read(text: str = "", **environ: str) -> Loaded:
        (tmp_path / "config.toml").write_text(text)
        return load(None, environ, tmp_path, tmp_path / "no-system-file")

    return read


# Where the configuration is found


def test_without_any_file_the_defaults_hold(tmp_path: Path) -> None:
    loaded = load(None, {}, tmp_path, tmp_path / "no-system-file")
    assert loaded.file is None
    assert loaded.config == Config(data_dir=str(tmp_path / "data"))
    assert loaded.data_dir == tmp_path / "data"


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """One configuration in each place, whose port tells which was read."""
    paths = {
        "explicit": tmp_path / "explicit.toml",
        "variable": tmp_path / "variable.toml",
        "here": tmp_path / "here" / "config.toml",
        "system": tmp_path / "etc" / "config.toml",
    }
    for port, path in enumerate(paths.values(), 1):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"[server]\nport = {port}\n")
    return paths


@pytest.mark.parametrize(
    ("missing", "port"),
    [((), 1), (("explicit",), 2), (("explicit", "variable"), 3), (("explicit", "variable", "here"), 4)],
)
def test_the_places_are_searched_in_order(places: dict[str, Path], missing: tuple[str, ...], port: int) -> None:
    for name in missing:
        places[name].unlink()
    explicit = None if "explicit" in missing else str(places["explicit"])
    environ = {} if "variable" in missing else {"FINGERPOST_CONFIG": str(places["variable"])}
    loaded = load(explicit, environ, places["here"].parent, places["system"])
    assert loaded.config.server.port == port
    assert loaded.file == list(places.values())[port - 1]


def test_an_empty_variable_names_no_file(read: Reader) -> None:
    assert read("[server]\nport = 1", FINGERPOST_CONFIG="").config.server.port == 1


@pytest.mark.parametrize(
    ("explicit", "environ", "by"),
    [("lost.toml", {}, "--config"), (None, {"FINGERPOST_CONFIG": "lost.toml"}, "FINGERPOST_CONFIG")],
)
def test_a_named_file_must_exist(tmp_path: Path, explicit: str | None, environ: dict[str, str], by: str) -> None:
    (tmp_path / "config.toml").write_text("")
    with pytest.raises(ConfigError) as caught:
        load(explicit, environ, tmp_path)
    assert str(caught.value) == f"{tmp_path}/lost.toml: there is no such file (named by {by})"


def test_a_file_that_is_there_but_cannot_be_read_is_no_missing_one(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigError) as caught:
        load(None, {}, tmp_path, tmp_path / "no-system-file")
    assert str(caught.value) == f"{tmp_path}/config.toml: cannot be read: Is a directory"


def test_a_file_has_to_be_utf8(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'data_dir = "caf\xe9"')
    with pytest.raises(ConfigError) as caught:
        load(None, {}, tmp_path, tmp_path / "no-system-file")
    assert str(caught.value) == f"{tmp_path}/config.toml: not UTF-8 at byte 15"


# Relative paths


def test_a_relative_data_dir_starts_from_the_file_that_says_it(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "fingerpost.toml").write_text('data_dir = "../var"')
    loaded = load("etc/fingerpost.toml", {}, tmp_path)
    assert loaded.file == tmp_path / "etc/fingerpost.toml"
    assert loaded.data_dir == tmp_path / "var"
    assert loaded.config.data_dir == str(tmp_path / "var")


def test_the_default_data_dir_starts_from_the_file_and_that_of_the_environment_from_here(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "fingerpost.toml").write_text("")
    assert load(None, {}, tmp_path, tmp_path / "no-such-file").data_dir == tmp_path / "data"
    assert load("etc/fingerpost.toml", {}, tmp_path).data_dir == tmp_path / "etc" / "data"
    given = load("etc/fingerpost.toml", {"FINGERPOST_DATA_DIR": "var"}, tmp_path)
    assert given.data_dir == tmp_path / "var"


def test_an_absolute_data_dir_is_taken_as_it_is(read: Reader, tmp_path: Path) -> None:
    assert read(f'data_dir = "{tmp_path}/elsewhere"').data_dir == tmp_path / "elsewhere"


def test_a_loop_of_links_is_left_to_whoever_opens_the_directory(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to("data")
    assert read().data_dir == tmp_path / "data"


# Values from the file and from the environment


def test_each_room_gets_its_own_section(read: Reader) -> None:
    config = read("[server]\nport = 1\n[admin]\nport = 2\n[links]\nslug_length = 5").config
    assert config.server == ServerSettings(port=1)
    assert config.admin == AdminSettings(port=2)
    assert config.links == LinkSettings(slug_length=5)


def test_dotted_keys_are_toml_too(read: Reader) -> None:
    assert read("server.port = 9000").config.server.port == 9000


def test_the_environment_wins_over_the_file(read: Reader) -> None:
    loaded = read("[server]\nport = 1\nworkers = 2", FINGERPOST_SERVER__PORT="9000")
    assert (loaded.config.server.port, loaded.config.server.workers) == (9000, 2)


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("FINGERPOST_SERVER__PORT", "9000", 9000),
        ("FINGERPOST_SERVER__PORT", " 9_000 ", 9000),
        ("FINGERPOST_SERVER__FAST_PATH", "false", False),
        ("FINGERPOST_SERVER__STRICT_HOSTS", "true", True),
        ("FINGERPOST_SERVER__BASE_URL", "https://go.example", "https://go.example"),
        ("FINGERPOST_SERVER__BASE_URL", "", ""),
        # A string is a string, even one that TOML would read as something else.
        ("FINGERPOST_LINKS__SLUG_ALPHABET", "0123456789", "0123456789"),
        ("FINGERPOST_SERVER__HOST", "127.0.0.1", "127.0.0.1"),
        ("FINGERPOST_SERVER__HOST", "::", "::"),
        ("FINGERPOST_SERVER__HOST", "127.0.0.1, ::1", ("127.0.0.1", "::1")),
        ("FINGERPOST_SERVER__HOST", '["127.0.0.1"]', ("127.0.0.1",)),
        ("FINGERPOST_LINKS__SCHEMES", '["https", "mailto"]', ("https", "mailto")),
        ("FINGERPOST_LINKS__SCHEMES", "https,mailto", ("https", "mailto")),
        ("FINGERPOST_ADMIN__CORS_ORIGINS", "*", ("*",)),
        ("FINGERPOST_ADMIN__CORS_ORIGINS", "", ()),
        ("FINGERPOST_ADMIN__CORS_ORIGINS", "[]", ()),
    ],
)
def test_how_values_are_written_in_the_environment(read: Reader, variable: str, text: str, value: object) -> None:
    section, key = variable.removeprefix("FINGERPOST_").lower().split("__")
    assert getattr(getattr(read(**{variable: text}).config, section), key) == value


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FINGERPOST_INITIAL_KEY_FILE", "/run/secrets/key"),
        ("FINGERPOST_PORT", "tcp://10.0.0.7:8080"),
        ("FINGERPOST_PORT_8080_TCP", "tcp://10.0.0.7:8080"),
        ("FINGERPOST_PORT_8080_TCP_PROTO", "tcp"),
        ("FINGERPOST_PORT_8080_TCP_PORT", "8080"),
        ("FINGERPOST_PORT_8080_TCP_ADDR", "10.0.0.7"),
        ("FINGERPOST_SERVICE_HOST", "10.0.0.7"),
        ("FINGERPOST_SERVICE_PORT", "8080"),
        ("FINGERPOST_SERVICE_PORT_HTTP", "8080"),
        ("FINGERPOST_ADMIN_SERVICE_HOST", "10.0.0.8"),
        ("FINGERPOST_SERVER_PORT", "tcp://10.0.0.8:8080"),
        ("FINGERPOST_SERVER_PORT_8080_TCP_ADDR", "10.0.0.8"),
        ("FINGERPOSTS", "of others"),
        ("fingerpost_server__port", "9000"),
    ],
)
def test_variables_that_are_no_keys(read: Reader, variable: str, value: str) -> None:
    assert read(**{variable: value}) == read()


# Addresses


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (ServerSettings(), "http://localhost:8080"),
        (ServerSettings(port=80), "http://localhost"),
        (ServerSettings(port=9000, base_url="https://go.example"), "https://go.example"),
        (ServerSettings(base_url="https://go.example:8443/"), "https://go.example:8443"),
    ],
)
def test_base_url(settings: ServerSettings, url: str) -> None:
    assert base_url(Config(server=settings)) == url


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (AdminSettings(), "http://127.0.0.1:8081"),
        (AdminSettings(host="0.0.0.0", port=80), "http://localhost"),
        (AdminSettings(host=("::", "0.0.0.0")), "http://localhost:8081"),
        (AdminSettings(host="::1"), "http://[::1]:8081"),
        (AdminSettings(host=("admin.internal",)), "http://admin.internal:8081"),
    ],
)
def test_api_url(settings: AdminSettings, url: str) -> None:
    assert api_url(Config(admin=settings)) == url


# The types, the limits and the shipped config.toml are held together


def shipped_defaults() -> str:
    """config.toml with every ``#key = value`` made a setting."""
    return re.sub(r"^#(?=[a-z_]+ = )", "", SHIPPED.read_text(), flags=re.MULTILINE)


def default_of(key: str) -> Any:
    value: Any = Config()
    for part in key.split("."):
        value = getattr(value, part)
    return value


def test_every_key_has_a_known_type_and_a_limit() -> None:
    assert list(KEYS) == list(RULES)
    assert set(KEYS.values()) <= set(KINDS)
    assert {"data_dir", *SECTIONS} == set(Config.__struct_fields__)


@pytest.mark.parametrize("key", KEYS)
def test_every_default_is_within_its_limit(key: str) -> None:
    assert RULES[key](default_of(key)) is None


def test_the_shipped_file_changes_nothing(tmp_path: Path) -> None:
    assert load(str(SHIPPED), {}, tmp_path).config == Config(data_dir=str(SHIPPED.parent / "data"))


def test_the_shipped_file_shows_every_key_with_its_default(read: Reader, tmp_path: Path) -> None:
    text = shipped_defaults()
    assert read(text).config == Config(data_dir=str(tmp_path / "data"))
    section, shown = "", []
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]") + "."
        elif match := re.match(r"([a-z_]+) = ", line):
            shown.append(section + match[1])
    assert shown == list(KEYS)


def test_the_shipped_file_explains_every_key() -> None:
    before = ""
    for line in SHIPPED.read_text().splitlines():
        if re.match(r"#[a-z_]+ = ", line):
            assert before.startswith("#"), f"{line} follows no comment"
        before = line
