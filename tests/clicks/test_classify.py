"""What visits are: a labelled corpus of request heads, and what is read out of each field."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from clicks.addresses import Networks
from clicks.classes import Kind, Outcome, Via
from clicks.classify import NOTHING_KNOWN, Classifier, is_prefetch, language_of, referrer_of, referrer_url_of
from clicks.reader import Visit
from clicks.record import GONE, LOCKED, NOT_FOUND, PAGE, REDIRECT, rule_word
from clicks.segment import Name
from tests.clicks.counting import CURL, FIREFOX, GOOGLEBOT, IPHONE, KINDS, packed, section_of

CORPUS = Path(__file__).parent / "heads.txt"
LEAST_HEADS = 300
# What the lists reach today on the corpus; a change of them must not lose any of it.
LEAST_PRECISION = LEAST_RECALL = 0.97


class Head(NamedTuple):
    label: str
    request: bytes
    section: bytes


def heads() -> list[Head]:
    text = CORPUS.read_text("utf-8").partition("\n\n")[2]
    found = []
    for entry in text.strip().split("\n\n"):
        label, request, *fields = entry.split("\n")
        line = request.removesuffix(" HTTP/1.1").encode()
        found.append(Head(label, line, ("\r\n" + "\r\n".join(fields) + "\r\n\r\n").encode()))
    return found


def classifier(**options: object) -> Classifier:
    values = {"trusted": ("127.0.0.0/8",), "header": "X-Forwarded-For", "respects_privacy": True} | options
    return Classifier(
        KINDS.kind_of,
        lambda address: ("DE" if address == packed("198.51.100.7") else "US", "Köln"),
        Networks(values["trusted"]),  # type: ignore[arg-type]
        str(values["header"]),
        respects_privacy=bool(values["respects_privacy"]),
        keeps_referrers=bool(values.get("keeps_referrers")),
    )


def visit(
    request: bytes = b"GET /x", section: bytes = section_of(FIREFOX), peer: str = "198.51.100.7", kind: int = REDIRECT
) -> Visit:
    return Visit(Name(1, 2, 3), 16, kind, rule_word(2, 1), 0, 7, packed(peer), request, section)


# Kinds


def test_the_corpus_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    told: Counter[tuple[str, str]] = Counter()
    wrong = []
    one = classifier()
    for head in heads():
        kind = one.classified(visit(head.request, head.section)).kind.name.lower()
        told[head.label, kind] += 1
        if kind != head.label:
            wrong.append(f"{head.label} taken for {kind}: {head.section!r}")
    assert told.total() >= LEAST_HEADS
    with capsys.disabled():
        print(f"\n{told.total()} heads", *wrong, sep="\n  ")
        for label in ("person", "tool", "bot", "preview", "prefetch", "head"):
            right = told[label, label]
            precision = right / sum(count for (_, kind), count in told.items() if kind == label)
            recall = right / sum(count for (actual, _), count in told.items() if actual == label)
            print(f"  {label:9} precision {precision:.3f} recall {recall:.3f}")
            assert precision >= LEAST_PRECISION, wrong
            assert recall >= LEAST_RECALL, wrong


def test_browsers_inside_apps_are_people() -> None:
    apps = ("FBAN", "FB_IAB", "Instagram", "WhatsApp", "Viber", "Line/", "MicroMessenger", "musical_ly", "Snapchat")
    apps += ("LinkedInApp", "Pinterest/", "Twitter for", "Reddit/", "GSA/", "Slack/", "Telegram", "KAKAOTALK", "Teams/")
    inside = [
        head for head in heads() if b"Mozilla/5.0 (" in head.section and any(a.encode() in head.section for a in apps)
    ]
    assert len(inside) > 24
    assert [app for app in apps if not any(app.encode() in head.section for head in inside)] == []
    one = classifier()
    assert {one.facts_of(head.section).kind for head in inside} == {Kind.PERSON}


def test_curl_is_a_tool_and_counts_once() -> None:
    assert classifier().classified(visit(section=section_of(CURL))).kind is Kind.TOOL


@pytest.mark.parametrize("agent", [None, "", "-", "Nobody knows/1.0"])
def test_an_empty_or_unknown_user_agent_is_a_person(agent: str | None) -> None:
    facts = classifier().facts_of(section_of(agent))
    assert (facts.kind, facts.device, facts.browser, facts.os) == (Kind.PERSON, "desktop", "Other", "Other")


def test_what_stands_behind_512_bytes_is_not_looked_at() -> None:
    assert classifier().facts_of(section_of("Mozilla/5.0 (X11) " + "x" * 512 + " Googlebot/2.1")).kind is Kind.PERSON


@pytest.mark.parametrize(
    ("request_", "section", "kind"),
    [
        (b"HEAD /x", section_of(FIREFOX), Kind.HEAD),
        (b"HEAD /x", section_of(GOOGLEBOT), Kind.HEAD),
        (b"GET /x", section_of(FIREFOX, "Sec-Purpose: prefetch;prerender"), Kind.PREFETCH),
        (b"GET /x", section_of(GOOGLEBOT, "Purpose: prefetch"), Kind.BOT),
        (b"GET /HEAD", section_of(FIREFOX), Kind.PERSON),
        (b"POST /x", section_of(FIREFOX), Kind.PERSON),
    ],
)
def test_methods_and_prefetches(request_: bytes, section: bytes, kind: Kind) -> None:
    assert classifier().classified(visit(request_, section)).kind is kind


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("Sec-Purpose: prefetch", True),
        ("PURPOSE: Prefetch", True),
        ("X-Moz: prefetch", True),
        ("X-Purpose: preview", True),
        ("X-Purpose: : instant", True),
        ("Purpose: reading", False),
        ("Referer: https://example.com/?purpose: prefetch", False),
    ],
)
def test_what_a_prefetch_says(line: str, is_one: bool) -> None:
    assert is_prefetch(section_of(FIREFOX, line)) is is_one


# What the rest says


def test_a_visit_with_everything() -> None:
    section = section_of(IPHONE, "Accept-Language: de-DE,de;q=0.9", "Referer: https://News.Example.org:8080/story?id=1")
    found = classifier().classified(visit(b"GET /x?utm_source=mail&qr=1&utm_campaign=a%20b+c", section))
    assert (found.outcome, found.via, found.kind, found.rule) == (Outcome.REDIRECT, Via.QR, Kind.PERSON, (2, 1))
    assert found.place == ("DE", "Köln")
    assert found.marks.utm == ("mail", "", "a b c")
    facts = found.facts
    assert (facts.device, facts.browser, facts.os, facts.language) == ("mobile", "Safari", "iOS", "de")
    assert (facts.referrer, facts.is_quiet) == ("news.example.org", False)


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (REDIRECT, Outcome.REDIRECT),
        (PAGE, Outcome.PAGE),
        (LOCKED, Outcome.LOCKED),
        (GONE, Outcome.GONE),
        (NOT_FOUND, Outcome.NOT_FOUND),
    ],
)
def test_outcomes(record: int, outcome: Outcome) -> None:
    assert classifier().classified(visit(kind=record)).outcome is outcome


def test_a_visit_in_short_is_a_person_of_whom_nothing_is_known() -> None:
    short = visit(b"", b"")._replace(peer=b"")
    found = classifier().classified(short)
    assert found.facts is NOTHING_KNOWN
    assert (found.kind, found.place, found.address) == (Kind.PERSON, ("", ""), b"")


@pytest.mark.parametrize(
    ("value", "host"),
    [
        (b"", ""),
        (b"https://example.com", "example.com"),
        (b"HTTPS://Example.COM./x", "example.com"),
        (b"https://user:password@example.com/", "example.com"),
        (b"https://[2001:db8::1]:8080/x", "[2001:db8::1]"),
        (b"android-app://com.google.android.gm/", "com.google.android.gm"),
        (b"about:blank", ""),
        (b"/relative", ""),
        (b"https://ex\xc3\xa4mple.com/", ""),
        (b"https://a b/", ""),
        (b"https://" + b"a" * 300 + b"/", "a" * 253),
    ],
)
def test_referrers(value: bytes, host: str) -> None:
    assert referrer_of(value) == host


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (b"https://News.example/a?b=c", "https://News.example/a?b=c"),
        (b"https://news.example", "https://news.example"),
        (b"https://me:secret@news.example:8443/a@b#top", "https://news.example:8443/a@b"),
        (b"https://news.example/?to=a@b", "https://news.example/?to=a@b"),
        (b"android-app://com.example.app/", "android-app://com.example.app/"),
        (b"https://news.example/\x1b\xff", "https://news.example/\ufffd\ufffd"),
        (b"https://news.example/" + b"x" * 3_000, "https://news.example/" + "x" * 2_027),
        (b"/page", ""),
        (b"about:blank", ""),
        (b"", ""),
    ],
)
def test_whole_referrers(value: bytes, url: str) -> None:
    assert referrer_url_of(value) == url


@pytest.mark.parametrize(("keeps", "url"), [(False, ""), (True, "https://news.example/a")])
def test_whole_referrers_are_not_even_looked_at_unless_they_are_kept(keeps: bool, url: str) -> None:
    section = section_of(FIREFOX, "Referer: https://news.example/a")
    assert classifier(keeps_referrers=keeps).facts_of(section).referrer_url == url


@pytest.mark.parametrize(
    ("value", "language"),
    [
        (b"de-DE,de;q=0.9,en;q=0.8", "de"),
        (b"EN", "en"),
        (b"fil-PH", "fil"),
        (b" pt-BR ;q=0.5", "pt"),
        (b"*", ""),
        (b"", ""),
        (b"x-klingon", ""),
        (b"english", ""),
        (b"\xff", ""),
    ],
)
def test_languages(value: bytes, language: str) -> None:
    assert language_of(value) == language


@pytest.mark.parametrize(
    ("line", "respects", "is_quiet"),
    [("Sec-GPC: 1", True, True), ("DNT: 1", True, True), ("DNT: 0", True, False), ("Sec-GPC: 1", False, False)],
)
def test_who_asks_not_to_be_tracked(line: str, respects: bool, is_quiet: bool) -> None:
    assert classifier(respects_privacy=respects).facts_of(section_of(FIREFOX, line)).is_quiet is is_quiet


# Whose it is


@pytest.mark.parametrize(
    ("peer", "lines", "own", "address"),
    [
        ("198.51.100.7", ["X-Forwarded-For: 192.0.2.1"], b"", "198.51.100.7"),
        ("127.0.0.1", ["X-Forwarded-For: 192.0.2.1"], b"", "192.0.2.1"),
        ("127.0.0.1", [], b"\r\nX-Forwarded-For: 192.0.2.1, 192.0.2.2", "192.0.2.2"),
        ("127.0.0.1", [], b"\r\nCookie:\r\nx-forwarded-for:2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", ["CF-Connecting-IP: 192.0.2.1"], b"", "127.0.0.1"),
    ],
)
def test_addresses_behind_trusted_proxies(peer: str, lines: list[str], own: bytes, address: str) -> None:
    one = classifier()
    facts = one.facts_of(section_of(FIREFOX, *lines))
    assert one.of_record(REDIRECT, 0, packed(peer), b"GET /x" + own, facts).address == packed(address)
    # The same out of what the other reader gives.
    assert one.classified(visit(section=own + section_of(FIREFOX, *lines), peer=peer)).address == packed(address)


def test_a_peer_that_was_met_before_is_the_same_again() -> None:
    one = classifier()
    for _ in range(2):
        assert one.classified(visit(peer="203.0.113.9")).place.country == "US"
        assert one.classified(visit(peer="127.0.0.1")).address == packed("127.0.0.1")
