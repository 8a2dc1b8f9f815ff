from uuid import RFC_4122, UUID

from links.ids import RANDOM_BYTES, uuid7


def test_it_is_a_uuid_of_version_7() -> None:
    made = UUID(uuid7(1_800_000_000_000, b"\xff" * RANDOM_BYTES))
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == 1_800_000_000_000


def test_the_example_of_the_rfc() -> None:
    # RFC 9562 appendix A.6
    assert uuid7(0x017F22E279B0, bytes.fromhex("0cc318c4dc0c0c07398f")) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_later_ones_sort_later() -> None:
    times = [1, 2, 255, 256, 1_800_000_000_000, 1_800_000_000_001]
    made = [uuid7(ms, b"\xff" * RANDOM_BYTES if n % 2 else bytes(RANDOM_BYTES)) for n, ms in enumerate(times)]
    assert made == sorted(made)


def test_random_bits_are_kept() -> None:
    assert uuid7(1, bytes(RANDOM_BYTES)) != uuid7(1, bytes(RANDOM_BYTES - 1) + b"\x01")
