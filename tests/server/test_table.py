from server.table import SHARD_MASK, SHARDS, Table


def test_an_empty_table_has_the_default_domain_alone() -> None:
    table = Table()
    assert len(table) == 0
    assert table.domains() == (b"",)
    assert table.get(b"", b"a") is None
    assert table.get(b"x.test", b"a") is None


def test_put_get_and_remove() -> None:
    table = Table()
    table.put(b"", b"a", b"1")
    table.put(b"", b"a", b"2")
    assert table.get(b"", b"a") == b"2"
    assert len(table) == 1
    table.remove(b"", b"a")
    table.remove(b"", b"a")
    assert table.get(b"", b"a") is None
    assert len(table) == 0


def test_domains_are_apart() -> None:
    table = Table()
    table.put(b"", b"a", b"default")
    table.put(b"x.test", b"a", b"other")
    assert table.get(b"", b"a") == b"default"
    assert table.get(b"x.test", b"a") == b"other"
    assert table.get(b"y.test", b"a") is None
    assert len(table) == 2


def test_a_domain_stays_when_its_last_link_goes() -> None:
    table = Table()
    table.put(b"x.test", b"a", b"1")
    table.remove(b"x.test", b"a")
    assert b"x.test" in table
    assert b"y.test" not in table
    assert table.domains() == (b"", b"x.test")


def test_no_dict_holds_more_than_a_small_part_of_the_links() -> None:
    table = Table()
    paths = [b"slug-%d" % number for number in range(20_000)]
    for path in paths:
        table.put(b"", path, b"")
    shards = table.shards(b"")
    assert len(shards) == SHARDS
    # Twice the mean of 78: eight standard deviations away, whatever this run's hash seed.
    assert max(map(len, shards)) < 156
    assert all(path in shards[hash(path) & SHARD_MASK] for path in paths)
