"""Closing the terminal that the program was started in ends it; SIGHUP alone reloads."""

import os
import pty
import subprocess
from collections.abc import Callable

from tests.flows.product import FINGERPOST, STOP_S, Product


def test_the_program_ends_with_its_terminal(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1)
    ours, theirs = pty.openpty()
    with open(product.directory / "stderr", "ab") as err:
        product.process = subprocess.Popen(
            ["setsid", "--ctty", *FINGERPOST, "--config", str(product.config), "serve"],
            stdin=theirs,
            stdout=theirs,
            stderr=err,
            env=product.environment,
        )
    os.close(theirs)
    product.wait_healthy()
    children = product.children()
    assert len(children) == 2
    os.close(ours)  # the kernel sends SIGHUP
    assert product.process.wait(STOP_S) == 0, product.stderr
    assert "reloaded" not in product.stderr
    assert [pid for pid in children if os.path.exists(f"/proc/{pid}")] == []
