"""API keys from the command line, while the product runs, and the first key of all."""

import json
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.commands import wait_for
from tests.flows.product import FINGERPOST, KEY, Product
from tests.flows.samples import run_curl
from tests.flows.terminal import Terminal

A_KEY = re.compile(r"fp_pk_[0-9a-f]{8}\.[A-Za-z0-9_-]{64}")

Make = Callable[..., Product]


def make_key(product: Product, *scopes: str, expires_at: str | None = None) -> str:
    options = [word for scope in scopes for word in ("--scope", scope)]
    if expires_at is not None:
        options += ["--expires-at", expires_at]
    done = product.run("keys", "create", "--name", "for a test", *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert A_KEY.fullmatch(done.stdout.removesuffix("\n"))
    return done.stdout.strip()


def code_of(answer: tuple[int, Any]) -> tuple[int, str]:
    status, body = answer
    return status, body["error"]["code"]


def test_a_new_key_works_at_once_and_for_its_scopes_alone(product: Product) -> None:
    key = make_key(product, "links:read")
    assert product.api("GET", "/api/v1/links", key=key)[0] == 200
    refused = product.api("POST", "/api/v1/links", {"url": "https://example.com/"}, key=key)
    assert code_of(refused) == (403, "INSUFFICIENT_SCOPE")
    assert refused[1]["error"]["message"] == "This endpoint requires the links:write scope."
    both = make_key(product, "links:read", "links:write")
    assert product.api("POST", "/api/v1/links", {"url": "https://example.com/"}, key=both)[0] == 201


def test_a_revoked_key_is_refused_at_once(product: Product) -> None:
    key = make_key(product, "*")
    assert product.api("GET", "/api/v1/links", key=key)[0] == 200
    done = product.run("keys", "revoke", key.partition(".")[0])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert code_of(product.api("GET", "/api/v1/links", key=key)) == (401, "REVOKED_API_KEY")


def test_an_expired_key_is_refused(product: Product) -> None:
    key = make_key(product, "*", expires_at="2020-01-01")
    assert code_of(product.api("GET", "/api/v1/links", key=key)) == (401, "EXPIRED_API_KEY")
    later = make_key(product, "*", expires_at="2999-01-01T00:00:00Z")
    assert product.api("GET", "/api/v1/links", key=later)[0] == 200


def test_the_list_shows_every_key_and_no_secret(product: Product) -> None:
    key = make_key(product, "links:read", "qr:read", expires_at="2020-01-01")
    done = product.run("keys", "list")
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["ID", "STATE", "CREATED", "EXPIRES", "LAST", "USED", "WORKSPACE", "SCOPES", "NAME"]
    [row] = [row for row in rows if row.startswith(key.partition(".")[0])]
    state, _, expires, used, workspace, scopes, *name = row.split()[1:]
    assert (state, expires, used, workspace, scopes, name) == (
        "expired",
        "2020-01-01T00:00:00Z",
        "-",
        "1",
        "links:read,qr:read",
        ["for", "a", "test"],
    )
    assert key.partition(".")[2] not in done.stdout


# The first key


def first_key_line(product: Product) -> bool:
    return f"first key    {product.data}/first-key (removed at its first use)\n" in product.stdout


def start_lines(product: Product) -> str:
    """What is printed at a start where there is nothing to say of keys."""
    api = f"http://127.0.0.1:{product.api_port}"
    return (
        f"short links  http://localhost:{product.port}/\n"
        f"API          {api}/api/v1\ndocs         {api}/docs\ndata         {product.data}\n"
    )


def test_a_first_key_that_would_be_logged_goes_to_a_file_until_its_first_use(product_at: Make) -> None:
    product = product_at(workers=1, FINGERPOST_INITIAL_KEY_FILE="")
    product.start()
    file = product.data / "first-key"
    wait_for(lambda: first_key_line(product), "the path of the first key")
    key = file.read_text().removesuffix("\n")
    assert A_KEY.fullmatch(key)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # A second start, while the key has not been used: the path is said again, and it is the same key.
    assert product.stop() == 0
    (product.directory / "stdout").unlink()
    product.start()
    wait_for(lambda: first_key_line(product), "the path of the first key, again")
    assert file.read_text() == key + "\n"
    other = make_key(product, "*")
    assert product.api("GET", "/api/v1/links", key=other)[0] == 200
    assert file.exists()
    assert product.api("GET", "/api/v1/links", key=key)[0] == 200
    assert not file.exists()
    assert product.stop() == 0
    assert key not in product.stdout + product.stderr
    (product.directory / "stdout").unlink()
    product.start()
    wait_for(lambda: product.stdout == start_lines(product), "the start lines and no more")
    assert product.stop() == 0


def test_the_operators_own_first_key_is_shown_nowhere(product_at: Make) -> None:
    product = product_at(workers=1)
    product.start()
    assert product.api("GET", "/api/v1/links", key=KEY)[0] == 200
    wait_for(lambda: product.stdout == start_lines(product), "the start lines and no more")
    # Once there is a key, the file is not looked at any more.
    assert product.stop() == 0
    product.key_file.write_text("no key")
    product.start()
    assert product.api("GET", "/api/v1/links", key=KEY)[0] == 200
    wait_for(lambda: product.stdout == start_lines(product) * 2, "the start lines, again")
    assert product.stop() == 0
    assert KEY not in product.stderr
    assert not (product.data / "first-key").exists()


@pytest.fixture
def on_terminal(product_at: Make) -> Iterator[Callable[[], tuple[Product, Terminal]]]:
    """Starts one product, as often as called, with its stdout on a new terminal each time."""
    product = product_at(workers=1, FINGERPOST_INITIAL_KEY_FILE="")
    terminals: list[Terminal] = []

    def start() -> tuple[Product, Terminal]:
        terminal = Terminal()
        terminals.append(terminal)
        with open(product.directory / "stderr", "ab") as err:
            product.process = subprocess.Popen(
                [*FINGERPOST, "--config", str(product.config), "serve"],
                stdin=subprocess.DEVNULL,
                stdout=terminal.end,
                stderr=err,
                env=product.environment,
            )
        terminal.hand_over()
        product.wait_healthy()
        return product, terminal

    yield start
    product.kill_all()
    for terminal in terminals:
        terminal.close()


def test_a_first_key_on_a_terminal_is_shown_once_with_a_line_that_works(
    on_terminal: Callable[[], tuple[Product, Terminal]], tmp_path: Path
) -> None:
    product, terminal = on_terminal()
    shown = terminal.read_until("https://example.com/")
    [key] = set(A_KEY.findall(shown))
    assert "shown only this once" in shown
    assert not (product.data / "first-key").exists()
    terminal.read_until("}'\n")
    [line] = [line for line in terminal.text.splitlines() if line.lstrip().startswith("curl ")]
    status, answer = run_curl(line, tmp_path)
    assert status == 201, json.dumps(answer)
    assert product.follow(answer["data"]["short_code"]) == (301, "https://example.com/")
    assert product.stop() == 0

    product, terminal = on_terminal()
    assert product.api("GET", "/api/v1/links", key=key)[0] == 200
    terminal.read_until("data  ")
    assert product.stop() == 0
    assert terminal.read_all() == start_lines(product)
