"""Runs the code samples of API pages as a reader would: in a shell, an interpreter or an engine of their own.

Every runner answers (status, JSON of the answer). What a sample does not show by itself, such as the HTTP status, is
asked of the tool around it; the sample's own text stays as it is.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TIMEOUT_S = 60

NODE_MODULES = Path(__file__).parent.parent / "clients" / "node_modules"
"""Made by ``npm ci --prefix tests/clients --ignore-scripts``."""

NODE = shutil.which("node")
PHP = shutil.which("php")

needs_node = pytest.mark.skipif(NODE is None, reason="NOT TESTED: there is no node here to run the JavaScript sample")

_WATCH_FETCH = """
const plain = globalThis.fetch;
globalThis.fetch = async (...all) => {
  const response = await plain(...all);
  process.stderr.write(`${response.status} ${await response.clone().text()}`);
  return response;
};
"""
_WATCH_AXIOS = """
require('axios').interceptors.response.use(
  (response) => { process.stderr.write(`${response.status} ${JSON.stringify(response.data)}`); return response; },
);
"""
_SHOW_PYTHON = '\nimport sys; print(response.status_code, response.text, file=sys.stderr, end="")'
_SHOW_PHP = "\nfwrite(STDERR, curl_getinfo($ch, CURLINFO_RESPONSE_CODE) . ' ' . $response);"


def has_axios() -> bool:
    return NODE is not None and _run([NODE, "-e", "require('axios')"], check=False).returncode == 0


def has_php_curl() -> bool:
    return PHP is not None and _run([PHP, "-r", "exit(extension_loaded('curl') ? 0 : 1);"], check=False).returncode == 0


def run_curl(sample: str, directory: Path) -> tuple[int, Any]:
    """``sample`` through bash. The status is what curl is told to add by a .curlrc in ``directory``."""
    (directory / ".curlrc").write_text('silent\nshow-error\nwrite-out = "\\n%{http_code}"\n')
    answer, _, status = _run(["bash", "-c", sample], CURL_HOME=str(directory)).stdout.rpartition("\n")
    return int(status), json.loads(answer)


def run_python(sample: str) -> tuple[int, Any]:
    """``sample``, which leaves its answer in ``response``, in a new interpreter."""
    return _shown(_run([sys.executable, "-P", "-c", sample + _SHOW_PYTHON]))


def run_fetch(sample: str) -> tuple[int, Any]:
    """``sample`` as an ECMAScript module, where ``await`` may stand outside of functions."""
    assert NODE is not None
    return _shown(_run([NODE, "--input-type=module", "-e", _WATCH_FETCH + sample]))


def run_axios(sample: str) -> tuple[int, Any]:
    """``sample`` as a CommonJS script."""
    assert NODE is not None
    return _shown(_run([NODE, "--input-type=commonjs", "-e", _WATCH_AXIOS + sample]))


def run_php(sample: str) -> tuple[int, Any]:
    """``sample``, which leaves its handle in ``$ch`` and its answer in ``$response``."""
    assert PHP is not None
    # All but E_DEPRECATED (8192): stderr is for the answer.
    quiet = ["-d", "display_errors=stderr", "-d", "error_reporting=8191"]
    return _shown(_run([PHP, *quiet, "-r", sample + _SHOW_PHP]))


def _shown(done: "subprocess.CompletedProcess[str]") -> tuple[int, Any]:
    status, _, body = done.stderr.partition(" ")
    assert status.isdigit(), done.stderr
    return int(status), json.loads(body)


def _run(command: list[str], *, check: bool = True, **environment: str) -> "subprocess.CompletedProcess[str]":
    # A proxy for the outer world has nothing to do with a server on this machine. Node 18 warns of its own fetch.
    local = {"no_proxy": "*", "NO_PROXY": "*", "NODE_NO_WARNINGS": "1", "NODE_PATH": str(NODE_MODULES)}
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
        env=os.environ | local | environment,
    )
    assert done.returncode == 0 or not check, done.stderr
    return done
