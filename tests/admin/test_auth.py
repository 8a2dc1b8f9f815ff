import pytest

from admin.auth import MAX_TOKEN, SCOPES, AuthCode, AuthError, Key, bearer_token

KEY = "fp_pk_a1b2c3d4." + "Aa0-_" * 12 + "abcd"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_is_what_follows_the_scheme(scheme):
    assert bearer_token([f"{scheme} {KEY}"]) == KEY


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["Bearer"],
        ["Bearer "],
        [KEY],
        [f"Bearer  {KEY}"],
        [f" Bearer {KEY}"],
        [f"Bearer {KEY} "],
        [f"Bearer Bearer {KEY}"],
        [f"Basic {KEY}"],
        [f"Bearer\t{KEY}"],
        [f"Bearer {KEY}, Bearer {KEY}"],
        [f"Bearer {KEY}", f"Bearer {KEY}"],
        ["Bearer ключ"],
        ["Bearer " + "a" * (MAX_TOKEN + 1)],
    ],
)
def test_anything_else_is_invalid(values):
    with pytest.raises(AuthError) as caught:
        bearer_token(values)
    assert caught.value.code is AuthCode.INVALID
    assert KEY not in str(caught.value)


def test_a_scope_matches_exactly_or_by_star():
    reader = Key("fp_pk_a1b2c3d4", "n", frozenset({"links:read"}))
    assert reader.allows("links:read")
    assert not reader.allows("links:write")
    assert not reader.allows("links")
    assert all(Key("fp_pk_a1b2c3d4", "n", frozenset({"*"})).allows(scope) for scope in SCOPES)


def test_the_scopes_are_those_of_the_reference():
    assert len(SCOPES) == 16
    assert {"*", "qr:render", "workspace:read", "webhooks:write"} < set(SCOPES)
