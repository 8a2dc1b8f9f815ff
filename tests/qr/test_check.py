"""What designs are refused, and in which words."""

import re
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qr import color, compose
from qr.check import LEAST_CONTRAST, check
from qr.design import Corner, Design, Frame, Gradient, Level, Pattern
from qr.errors import DesignError
from tests.qr.reading import picture


def gradient(**fields: Any) -> Gradient:
    return Gradient(**{"kind": "linear", "start": "#000000", "stop": "#222222", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"foreground": "#036", "background": "#ffe"},
        {"background": None},
        {"gradient": gradient(angle=-360)},
        {"gradient": gradient(), "foreground": "#ffffff"},  # not drawn
        {"quiet_zone": 0},
        {"quiet_zone": 10, "logo_size": 0.1},
        {"logo_size": 0.4, "logo": picture()},
        {"frame": "box"},
        {"frame": "banner-top", "text": "ÄÖÜ ß Ωμέγα Жук €"},
        {"text": "日本"},  # not drawn
        {"frame": "box", "text": "x" * 32},
    ],
)
def test_designs_that_can_be_drawn(fields: dict[str, Any]) -> None:
    check(Design(**fields))


@pytest.mark.parametrize(
    ("field", "fields", "says"),
    [
        ("pattern", {"pattern": "hearts"}, "one of square, dots, rounded"),
        ("corner", {"corner": '"/>'}, "one of square, dot, extra-rounded"),
        ("corner_dot", {"corner_dot": ""}, "one of"),
        ("level", {"level": "h"}, "L, M, Q, H"),
        ("frame", {"frame": "circle"}, "none, box"),
        ("foreground", {"foreground": 'red"/><script>'}, "a colour such as #000000"),
        ("background", {"background": "transparent"}, "a colour"),
        ("frame_color", {"frame_color": "#12"}, "a colour"),
        ("text_color", {"text_color": "#12"}, "a colour"),
        ("corner_color", {"corner_color": "javascript:"}, "a colour"),
        ("gradient", {"gradient": gradient(stop="blue")}, "a colour"),
        ("gradient", {"gradient": gradient(kind="conic")}, "linear or radial"),
        ("gradient", {"gradient": gradient(angle=float("nan"))}, "degrees"),
        ("gradient", {"gradient": gradient(angle=361)}, "degrees"),
        ("foreground", {"foreground": "#999999"}, "#999999 on #ffffff is 2.84:1"),
        ("foreground", {"foreground": "#999999", "background": None}, "2.84:1"),
        ("foreground", {"foreground": "#ffffff", "background": "#000000"}, "dark on light"),
        ("gradient", {"gradient": gradient(stop="#aaaaaa")}, "#aaaaaa on #ffffff"),
        ("gradient", {"gradient": gradient(start="#aaaaaa")}, "2.32:1"),
        ("corner_color", {"corner_color": "#ff0"}, "#ffff00 on #ffffff is 1.07:1"),
        ("quiet_zone", {"quiet_zone": 11}, "0 to 10"),
        ("quiet_zone", {"quiet_zone": -1}, "0 to 10"),
        ("quiet_zone", {"quiet_zone": 1.5}, "whole number"),
        ("quiet_zone", {"quiet_zone": True}, "whole number"),
        ("logo_size", {"logo_size": 0.41}, "0.1 to 0.4"),
        ("logo_size", {"logo_size": float("nan")}, "0.1 to 0.4"),
        ("logo", {"logo": b"<svg/>"}, "PNG"),
        ("logo", {"logo": picture() + bytes(1 << 20)}, "PNG"),
        ("text", {"text": "x" * 33}, "32 characters"),
        ("text", {"frame": "banner-top", "text": "  "}, "needs a text"),
        ("text", {"frame": "box", "text": "日本"}, "日 (U+65E5)"),
        ("text", {"frame": "box", "text": "a\x07b"}, "(U+0007)"),
        ("text", {"frame": "box", "text": "a\u202eb"}, "RIGHT-TO-LEFT OVERRIDE (U+202E)"),
        ("text_color", {"frame": "box", "text": "x", "text_color": "#111"}, "#111111 on #000000"),
    ],
)
def test_designs_that_cannot_be(field: str, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(DesignError, match=re.escape(says)) as refused:
        check(Design(**fields))
    assert refused.value.field == field


COLORS = st.from_regex(r"\A#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z") | st.text(max_size=8)
GRADIENTS = st.builds(
    Gradient, kind=st.sampled_from(("linear", "radial")), start=COLORS, stop=COLORS, angle=st.floats()
)
DESIGNS = st.builds(
    Design,
    foreground=COLORS,
    background=st.none() | COLORS | st.just("#ffffff"),
    pattern=st.sampled_from(get_args(Pattern)),
    corner=st.sampled_from(get_args(Corner)),
    corner_dot=st.sampled_from(get_args(Corner)),
    corner_color=st.none() | COLORS,
    gradient=st.none() | GRADIENTS,
    logo=st.none() | st.binary(max_size=40) | st.just(picture()),
    logo_size=st.floats() | st.floats(0.1, 0.4),
    quiet_zone=st.integers(-2, 12),
    level=st.sampled_from(get_args(Level)),
    frame=st.sampled_from(get_args(Frame)),
    frame_color=COLORS,
    text=st.text(max_size=36) | st.text("abcÄЖ ", min_size=1, max_size=32),
    text_color=COLORS,
)


@given(DESIGNS)
def test_a_design_is_refused_or_can_be_drawn_with_contrast(design: Design) -> None:
    try:
        check(design)
    except DesignError as refused:
        assert refused.field in Design.__struct_fields__
        return
    compose.compose("https://s.test/a", design)
    drawn = [design.gradient.start, design.gradient.stop] if design.gradient else [design.foreground]
    behind = color.parse("", design.background or "#ffffff")
    for one in [*drawn, *([design.corner_color] if design.corner_color else [])]:
        assert color.contrast(color.parse("", one), behind) >= LEAST_CONTRAST
        assert color.luminance(color.parse("", one)) < color.luminance(behind)


NEAR = st.integers(0, 0x30).map(lambda grey: f"#{grey:02x}{grey:02x}{grey:02x}")


@given(NEAR, NEAR, st.floats(-360, 360), st.sampled_from(get_args(Pattern)), st.sampled_from(get_args(Frame)))
def test_usual_designs_are_taken(start: str, stop: str, angle: float, pattern: Pattern, frame: Frame) -> None:
    check(Design(gradient=gradient(start=start, stop=stop, angle=angle), pattern=pattern, frame=frame, text="Scan"))
