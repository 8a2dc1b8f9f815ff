import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from links.destination import MAX_DESTINATION_BYTES, Destinations, destination_hash
from links.errors import Code, LinkError

OWN = frozenset({"sho.rt", "localhost:8080", "xn--bcher-kva.example", "[::1]:8080"})
WEB = Destinations(("http", "https"), OWN)
WIDE = Destinations(("http", "https", "mailto", "tel", "foo", "data", "ftp"), OWN)


def refusal(url: str, destinations: Destinations = WEB) -> str:
    with pytest.raises(LinkError) as caught:
        destinations.check(url)
    assert (caught.value.code, caught.value.field) == (Code.INVALID, "destination")
    return caught.value.message


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.com/summer-sale?utm_source=qr", "https://example.com/summer-sale?utm_source=qr"),
        ("https://example.com", "https://example.com/"),
        ("HTTPS://EXAMPLE.com:443/A", "https://example.com/A"),
        ("https:example.com", "https://example.com/"),
        ("http:\\\\evil.com", "http://evil.com/"),
        ("http://0x7f.1", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://bücher.de/ä?ö=ü#ß", "http://xn--bcher-kva.de/%C3%A4?%C3%B6=%C3%BC#%C3%9F"),
        ("http://example.com./", "http://example.com./"),
        ("http://example.com/a b?c d#e f", "http://example.com/a%20b?c%20d#e%20f"),
        ("http://[2001:DB8::1]:81/", "http://[2001:db8::1]:81/"),
        ("http://@example.com/", "http://example.com/"),
        ("http://example.com/%zz%2f?&&a", "http://example.com/%zz%2f?&&a"),
    ],
)
def test_read_as_browsers_do(url: str, href: str) -> None:
    assert WEB.check(url) == href


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("mailto:a b@example.com?subject=a b", "mailto:a%20b@example.com?subject=a%20b"),
        ("mailto:ä@example.com", "mailto:%C3%A4@example.com"),
        ("tel:+49 30 123", "tel:+49%2030%20123"),
        ("foo://exämple/ü", "foo://ex%C3%A4mple/%C3%BC"),
        ("data:text/html, x", "data:text/html,%20x"),
        ("ftp://sho.rt/", "ftp://sho.rt/"),
    ],
)
def test_other_schemes_are_header_safe_where_allowed(url: str, href: str) -> None:
    assert WIDE.check(url) == href


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("javascript:alert(1)", "javascript"),
        ("JavaScript:alert(1)", "javascript"),
        ("data:text/html,x", "data"),
        ("ftp://example.com/", "ftp"),
        ("example.com:8080/x", "example.com"),
        ("file:///etc/passwd", "file"),
    ],
)
def test_scheme_not_allowed(url: str, scheme: str) -> None:
    assert refusal(url) == f'must have one of the schemes http, https, not "{scheme}"'


@pytest.mark.parametrize("url", ["example.com", "//example.com/", "/path", "?", "1http://x/", "\u00a7"])
def test_not_absolute(url: str) -> None:
    assert refusal(url) == 'must be an absolute URL, such as "https://example.com/"'


@pytest.mark.parametrize("url", ["http:", "https://", "https:///", "http://?x", "http://#x", "http://:80/"])
def test_no_host(url: str) -> None:
    assert refusal(url) == 'must have a host, such as "https://example.com/"'


@pytest.mark.parametrize(
    "url", ["http://example.com:99999/", "http://a b/", "http://[::1/", "http://xn--.com/", "http://1.2.3.4.5/"]
)
def test_unparsable(url: str) -> None:
    assert refusal(url) == "must be a valid URL"


@pytest.mark.parametrize("url", ["http://a:b@example.com/", "http://a@example.com/", "http://:b@example.com/"])
def test_credentials(url: str) -> None:
    assert refusal(url) == "must not contain a user name or password"


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_control_characters_anywhere(code: int) -> None:
    message = f"must not contain the control character U+{code:04X}"
    assert refusal(f"http://example.com/a{chr(code)}b") == message
    assert refusal(f"{chr(code)}http://example.com/") == message
    assert refusal(f"http://example.com/{chr(code)}") == message


@pytest.mark.parametrize("url", [" http://example.com/", "http://example.com/ ", "http://example.com/\u3000", " "])
def test_spaces_at_the_ends_are_not_dropped_silently(url: str) -> None:
    assert refusal(url) == "must not start or end with a space"


@pytest.mark.parametrize("url", ["", 1, None, b"http://example.com/"])
def test_not_text(url: str) -> None:
    assert refusal(url) == 'must be a URL, such as "https://example.com/"'


def test_half_of_a_character() -> None:
    assert refusal("http://example.com/\ud800") == "must be Unicode text: U+D800 is half of a character"


def test_length_limit() -> None:
    longest = "http://example.com/".ljust(MAX_DESTINATION_BYTES, "a")
    assert WEB.check(longest) == longest
    assert refusal(longest + "a") == "must not be longer than 8192 bytes"
    assert refusal("http://example.com/" + "é" * 4_090) == "must not be longer than 8192 bytes"
    assert refusal("http://example.com/" + "é" * 4_000) == (
        "must not be longer than 8192 bytes once it is percent-encoded"
    )


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://sho.rt/x", "sho.rt"),
        ("http://sho.rt:80/", "sho.rt"),
        ("https:SHO.RT", "sho.rt"),
        ("https://sho.rt./x", "sho.rt."),
        ("https://SHO%2ERT/x", "sho.rt"),
        ("https://sho。rt/", "sho.rt"),
        ("http://localhost:8080/", "localhost:8080"),
        ("http://localhost.:8080/", "localhost.:8080"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("http://[0:0::1]:8080/", "[::1]:8080"),
    ],
)
def test_own_domain(url: str, host: str) -> None:
    assert refusal(url) == f'must not lead to this server ("{host}"): it would redirect to itself'


@pytest.mark.parametrize(
    "url", ["http://localhost:3000/", "http://localhost/", "https://sho.rt:8443/", "https://www.sho.rt/"]
)
def test_other_ports_and_subdomains_are_not_own(url: str) -> None:
    assert WEB.check(url) == url


def test_own_hosts_with_a_root_dot_are_seen_through() -> None:
    assert "redirect to itself" in refusal("http://sho.rt/", Destinations(("http",), frozenset({"sho.rt."})))


def test_the_field_can_be_another() -> None:
    with pytest.raises(LinkError) as caught:
        WEB.check("x", "rules")
    assert caught.value.field == "rules"


URL_LIKE = st.builds(
    "{}:{}{}".format,
    st.sampled_from(["http", "https", "mailto", "foo", "data", "tel", "ftp", "HTTP"]),
    st.sampled_from(["", "/", "//", "///", "\\", "//a.b", "//[::1]", "//a@"]),
    st.text(st.characters(exclude_categories=[]) | st.sampled_from(" /\\?#:@%.[]&=é😀"), max_size=40),
)


@settings(derandomize=True, deadline=None)
@given(URL_LIKE | st.text(st.characters(exclude_categories=[])))
def test_what_is_accepted_is_header_safe_and_stays(url: str) -> None:
    try:
        href = WIDE.check(url)
    except LinkError as error:
        assert error.field == "destination"
        return
    assert re.fullmatch(r"[\x21-\x7e]{1,8192}", href)
    assert WIDE.check(href) == href


def test_destination_hash() -> None:
    values = [destination_hash(f"https://example.com/{number}") for number in range(100)]
    assert len(set(values)) == 100
    assert min(values) < 0 < max(values)
    assert all(-(2**63) <= value < 2**63 for value in values)
    # Stored: must never change.
    assert destination_hash("https://example.com/") == 0x14BA2EB79C27555B
