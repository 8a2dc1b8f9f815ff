"""What is recorded unless config.toml says otherwise."""

import msgspec
import pytest

from clicks.settings import MIB, ClicksSettings


def test_visits_are_recorded_but_not_those_of_links_that_do_not_exist() -> None:
    assert ClicksSettings() == ClicksSettings(
        record_visits=True, record_not_found=False, journal_mib=1_024, memory_dir=""
    )
    assert MIB == 1_048_576


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `recordvisits`"):
        msgspec.convert({"recordvisits": False}, ClicksSettings)
