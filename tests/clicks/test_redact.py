"""No secret of a header section gets through, and nothing else is lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clicks.redact import MOST_TEXT_BYTES, is_secret, redacted

SECRETS = [
    b"Cookie",
    b"Authorization",
    b"Proxy-Authorization",
    b"X-Link-Password",
    b"Set-Cookie",
    b"X-Auth-Token",
    b"X-Api-Key",
    b"Apikey",
    b"X-CSRF-Token",
    b"X-Amz-Security-Token",
    b"Client-Secret",
    b"X-Session-Id",
    b"X-Credential",
    b"Cf-Access-Jwt-Assertion",
    b"X-Amzn-Oidc-Data",
]
HARMLESS = [
    b"Host",
    b"User-Agent",
    b"Accept-Language",
    b"Referer",
    b"Sec-Fetch-Site",
    b"Sec-CH-UA-Platform",
    b"X-Forwarded-For",
    b"If-None-Match",
    b"Purpose",
]
VALUE = b"Bearer s3cr3t=="


def section(*fields: tuple[bytes, bytes]) -> bytes:
    return b"".join([b"\r\n%s: %s" % field for field in fields]) + b"\r\n\r\n"


def names(text: bytes) -> list[bytes]:
    return [line.partition(b":")[0].lower() for line in text.split(b"\r\n") if line]


def spellings(name: bytes) -> list[bytes]:
    return [name, name.lower(), name.upper(), name.swapcase()]


@pytest.mark.parametrize("name", [spelling for name in SECRETS for spelling in spellings(name)])
def test_the_value_of_a_secret_is_left_out_and_its_name_stays(name: bytes) -> None:
    text = section((b"Host", b"s.test"), (name, VALUE), (b"Accept", b"*/*"))
    assert is_secret(name.lower())
    assert redacted(text, names(text)) == b"\r\nHost: s.test\r\n" + name + b":\r\nAccept: */*\r\n\r\n"


@pytest.mark.parametrize("name", [spelling for name in HARMLESS for spelling in spellings(name)])
def test_what_is_no_secret_stays(name: bytes) -> None:
    text = section((name, VALUE), (b"Cookie", VALUE))
    assert not is_secret(name.lower())
    assert redacted(text, names(text)) == section((name, VALUE))[:-4] + b"\r\nCookie:\r\n\r\n"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"a:b:c",
        b": cookie: x",
        b"  padded\t ",
        b'id=1; Path=/; x="y: z"',
        b"s\xe4cr\xe9t\xff\x80",
        "ключ".encode(),
        b"x" * 8_000,
    ],
)
@pytest.mark.parametrize("colon", [b":", b": ", b":\t"])
def test_any_value(value: bytes, colon: bytes) -> None:
    text = b"\r\nHost: s.test\r\nCookie" + colon + value + b"\r\nAccept: */*\r\n\r\n"
    assert redacted(text, names(text)) == b"\r\nHost: s.test\r\nCookie:\r\nAccept: */*\r\n\r\n"


def test_a_secret_may_stand_first_last_alone_and_twice() -> None:
    text = section((b"Cookie", VALUE))
    assert redacted(text, names(text)) == b"\r\nCookie:\r\n\r\n"
    text = section((b"Cookie", VALUE), (b"Host", b"h"), (b"cookie", VALUE), (b"Authorization", VALUE))
    assert redacted(text, names(text)) == b"\r\nCookie:\r\nHost: h\r\ncookie:\r\nAuthorization:\r\n\r\n"


def test_a_word_in_a_value_makes_no_secret() -> None:
    text = section((b"Host", b"auth.example"), (b"Referer", b"https://e.com/?a=b:cookie:token"), (b"Cookie", VALUE))
    assert redacted(text, names(text)) == text.replace(b": " + VALUE, b":")
    assert redacted(text.replace(b"Cookie", b"Pragma"), [b"host", b"referer", b"pragma"]).endswith(VALUE + b"\r\n\r\n")


def test_where_there_is_no_secret_the_section_is_kept_as_it_is() -> None:
    text = section((b"Host", b"s.test"), (b"User-Agent", b"x" * 1_000))
    assert redacted(text, names(text)) == text


@pytest.mark.parametrize("beyond", [-1, 0, 1, 100_000])
def test_a_long_section_is_cut(beyond: int) -> None:
    text = section((b"Host", b"s.test"), (b"User-Agent", b""))
    text = text.replace(b"Agent: ", b"Agent: " + b"x" * (MOST_TEXT_BYTES + beyond - len(text)))
    assert redacted(text, names(text)) == text[:MOST_TEXT_BYTES]


def test_it_is_cut_after_the_secrets_are_gone() -> None:
    """Otherwise a cut might leave the name of a secret on one side and its value on the other."""
    text = section((b"Cookie", b"s" * 2 * MOST_TEXT_BYTES), (b"Host", b"s.test"))
    assert redacted(text, names(text)) == b"\r\nCookie:\r\nHost: s.test\r\n\r\n"


_word = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
_name = st.one_of(
    _word, st.builds("{}{}{}".format, _word, st.sampled_from(["Cookie", "AUTH", "toKen", "passw"]), _word)
)
_field = st.tuples(_name.map(str.encode), st.binary(max_size=30).map(lambda raw: re.sub(rb"[\r\n\0]", b":", raw)))


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.lists(_field, max_size=8))
def test_every_field_is_either_kept_whole_or_by_its_name_alone(fields: list[tuple[bytes, bytes]]) -> None:
    expected = [(name, b":" if is_secret(name.lower()) else b": " + value) for name, value in fields]
    text = redacted(section(*fields), [name.lower() for name, _ in fields])
    assert text == b"".join([b"\r\n" + name + rest for name, rest in expected]) + b"\r\n\r\n"
