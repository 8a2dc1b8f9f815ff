import unicodedata
from collections.abc import Callable
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from links.errors import Code, LinkError
from links.slug import MAX_SLUG_BYTES, RESERVED, canonical_path, canonical_slug, generate, slug_path

PIECES = st.sampled_from(
    [
        *"aZ09-_.~/éİß",
        "\u0301",
        "\u030c",
        "\u0323",
        "\u212a",
        "J\u030c",
        "हि",
        "ไทย",
        "다",
        "\u1103\u1161",
        "Σ",
        "😀",
        "❤\ufe0f",
        "👍🏽",
        "1\ufe0f\u20e3",
        "🇩🇪",
        "🏳\ufe0f\u200d🌈",
    ]
)
SLUG_LIKE = st.lists(PIECES, max_size=20).map("".join)
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=30)


def refusal(text: str) -> str:
    with pytest.raises(LinkError) as caught:
        canonical_slug(text)
    assert (caught.value.code, caught.value.field) == (Code.INVALID, "slug")
    return caught.value.message


def accepted(text: str) -> str | None:
    try:
        return canonical_slug(text)
    except LinkError:
        return None


@pytest.mark.parametrize(
    "text",
    ["a", "summer24", "Az09-_.~", "a/b/c/d/e/f/g/h", "...", "a/...", ".a", "a.", "-", "a" * 255, "apis", "v4", "x/api"],
)
def test_ascii_is_kept(text: str) -> None:
    assert canonical_slug(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cafe\u0301", "café"),
        ("❤\ufe0f", "❤"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("🏳\ufe0f\u200d🌈", "🏳\u200d🌈"),
        ("हिन्दी/ภาษาไทย", "हिन्दी/ภาษาไทย"),
        ("\u1103\u1161", "다"),
        ("a\ufe0f", "a"),
        ("\u212aelvin", "Kelvin"),
    ],
)
def test_other_text_is_normalised(text: str, expected: str) -> None:
    assert canonical_slug(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must not be empty"),
        ("\ufe0f", "must not be empty"),
        ("/", 'must not start with "/"'),
        ("/a", 'must not start with "/"'),
        ("a/", 'must not end with "/"'),
        ("a//b", 'must not contain "//"'),
        ("a/\ufe0f/b", 'must not contain "//"'),
        ("a/b/c/d/e/f/g/h/i", 'must not have more than 8 segments separated by "/"'),
        (".", 'must not have a segment "." or ".."'),
        ("..", 'must not have a segment "." or ".."'),
        ("a/../b", 'must not have a segment "." or ".."'),
        ("a/.", 'must not have a segment "." or ".."'),
        (".\ufe0f./é", 'must not have a segment "." or ".."'),
        ("promo+", 'must not end with "+": that is reserved'),
        ("a" * 256, "must not be longer than 255 bytes of UTF-8"),
        ("é" * 128, "must not be longer than 255 bytes of UTF-8"),
        ("é" * 100_000, "must not be longer than 255 bytes of UTF-8"),
        ("a\n", "must not contain the invisible or control character U+000A"),
        ("a b", 'must not contain " ": allowed are letters, digits, - _ . ~, emoji and single /'),
        ("a+b", 'must not contain "+": allowed are letters, digits, - _ . ~, emoji and single /'),
        ("caf%C3%A9", 'must be given as plain text, without percent-encoding: found "%"'),
        ("a\u202eb", "must not contain the invisible or control character U+202E"),
        ("a\ud800", "must not contain U+D800: allowed are letters, digits, - _ . ~, emoji and single /"),
    ],
)
def test_refused(text: str, message: str) -> None:
    assert refusal(text) == message


def test_longest_of_characters_outside_ascii() -> None:
    assert canonical_slug("é" * 127) == "é" * 127
    spelled_out = unicodedata.normalize("NFD", "\u1f82" * 85)
    assert len(canonical_slug(spelled_out).encode()) == 255


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_first_segments(word: str) -> None:
    message = f'must not start with "{word}": that is reserved'
    assert refusal(word) == message
    assert refusal(f"{word}/x") == message
    assert refusal(word.upper()) == f'must not start with "{word.upper()}": that is reserved'
    assert canonical_slug(f"x/{word}") == f"x/{word}"
    assert canonical_slug(f"{word}x") == f"{word}x"


@pytest.mark.parametrize("text", ["ap\ufe0fi", "api/é", ".well-\u212anown"])
def test_reserved_after_normalisation(text: str) -> None:
    assert "that is reserved" in refusal(text)


@pytest.mark.parametrize(
    ("slug", "path"),
    [
        ("Az09-_.~/b", b"Az09-_.~/b"),
        ("café", b"caf%C3%A9"),
        ("😀/x", b"%F0%9F%98%80/x"),
        ("1\u20e3", b"1%E2%83%A3"),
    ],
)
def test_slug_path(slug: str, path: bytes) -> None:
    assert slug_path(slug) == path


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"summer24", b"summer24"),
        (b"summer24/", b"summer24"),
        (b"summer24//", b"summer24/"),
        (b"summer%32%34", b"summer24"),
        (b"a%2Db", b"a-b"),
        (b"caf%c3%a9", b"caf%C3%A9"),
        (b"caf\xc3\xa9", b"caf%C3%A9"),
        (b"cafe%CC%81", b"caf%C3%A9"),
        (b"%E2%9D%A4%EF%B8%8F", b"%E2%9D%A4"),
        (b"a%252Fb", b"a%252Fb"),
        (b"a b", b"a%20b"),
        (b"a!", b"a%21"),
        (b"A/B", b"A/B"),
    ],
)
def test_canonical_path(raw: bytes, path: bytes) -> None:
    assert canonical_path(raw) == path


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"/",
        b"%EF%B8%8F",
        b"a%",
        b"a%4",
        b"a%4g",
        b"a%%41",
        b"a%2Fb",
        b"a%2fb",
        b"a%00",
        b"a%0a",
        b"a%0D",
        b"a%1f",
        b"a%7F",
        b"a%C2%85",
        b"a\x01",
        b"%C3",
        b"\xc3",
        b"%C0%AF",
        b"%ED%A0%80",
        b"%FF",
    ],
)
def test_canonical_path_means_no_slug(raw: bytes) -> None:
    assert canonical_path(raw) is None


@pytest.mark.parametrize(
    ("raw", "path"),
    [(b"SuMmer", b"summer"), (b"CAF%C3%89", b"caf%C3%A9"), (b"J%CC%8C", b"%C7%B0"), (b"%C7%B0", b"%C7%B0")],
)
def test_canonical_path_in_lower_case(raw: bytes, path: bytes) -> None:
    assert canonical_path(raw, lower=True) == path


@settings(derandomize=True, deadline=None)
@given(SLUG_LIKE | ANY_TEXT)
def test_an_accepted_slug_is_found(text: str) -> None:
    slug = accepted(text)
    if slug is None:
        return
    assert 1 <= len(slug.encode()) <= MAX_SLUG_BYTES
    assert canonical_slug(slug) == slug
    assert slug == text or not text.isascii()
    path = slug_path(slug)
    assert canonical_path(path) == path
    assert canonical_path(path + b"/") == path
    assert canonical_path(quote(text, safe="/").encode()) == path
    assert canonical_path("".join(f"%{byte:02x}" for byte in slug.encode()).replace("%2f", "/").encode()) == path
    folded = canonical_path(path, lower=True)
    assert folded is not None
    assert canonical_path(folded, lower=True) == folded


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=30))
def test_a_canonical_path_is_its_own(raw: bytes) -> None:
    path = canonical_path(raw)
    if path is not None and not path.endswith(b"/"):
        assert path.isascii()
        assert canonical_path(path) == path


def scripted(*answers: bytes) -> Callable[[int], bytes]:
    remaining = list(answers)

    def rand(count: int) -> bytes:
        answer = remaining.pop(0)
        assert len(answer) == count
        return answer

    return rand


def test_generate_draws_again_for_bytes_that_would_favour_some() -> None:
    # 256 % 3 is 1: of the bytes, 255 is one too many.
    assert generate(scripted(b"\x00\xff\x02\xfe", b"\xff", b"\x04"), "abc", 4) == "accb"


def test_generate_gives_every_character_the_same_share() -> None:
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    drawn = [generate(scripted(bytes([byte])), alphabet, 1) for byte in range(256 - 256 % len(alphabet))]
    assert {drawn.count(char) for char in alphabet} == {256 // len(alphabet)}


def test_generate_never_makes_a_reserved_slug() -> None:
    assert generate(scripted(b"\x00\x01", b"\x02\x02"), "qRx", 2) == "xx"
    assert generate(scripted(b"\x00\x00", b"\x00\x01"), ".x", 2) == ".x"


@settings(derandomize=True, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 255))
def test_generated_slugs_are_accepted(random: Random, length: int) -> None:
    slug = generate(random.randbytes, "abcdefghijklmnopqrstuvwxyz0123456789.-_~", length)
    assert len(slug) == length
    assert canonical_slug(slug) == slug


@pytest.mark.parametrize("alphabet", ["", "a", "aab", "ab+", "ab/", "abé"])
def test_generate_refuses_alphabets(alphabet: str) -> None:
    with pytest.raises(ValueError, match="slug alphabet must be"):
        generate(bytes, alphabet, 5)


@pytest.mark.parametrize("length", [-1, 0, 256])
def test_generate_refuses_lengths(length: int) -> None:
    with pytest.raises(ValueError, match="slug length must be"):
        generate(bytes, "abc", length)
