"""Programs that the benches use and that a machine may lack: where they are, their versions, building the C ones."""

import os
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin", "/sbin")
"""Where Debian puts servers, and where the PATH of people who are not root does not lead."""

VERSION_OPTIONS = {"nginx": "-v", "haproxy": "-v", "wrk": "-v", "gcc": "--version"}
COMPILER = "gcc"
FLAGS = ("-O2", "-Wall", "-Wextra")


def find(name: str) -> str | None:
    """The path of a program, ``None`` where it is not installed."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_DIRECTORIES]))


def require(name: str) -> str:
    """The path of a program. Raises ``FileNotFoundError`` where it is not installed."""
    path = find(name)
    if path is None:
        raise FileNotFoundError(f"{name} is not installed")
    return path


def version(name: str) -> str:
    """Its name and version, or that it is missing."""
    path = find(name)
    if path is None:
        return f"no {name}"
    # Not all of them know the option: wrk complains about it after its version, and ends with 1.
    done = subprocess.run([path, VERSION_OPTIONS[name]], capture_output=True, text=True, check=False)
    return f"{name} {version_in(done.stdout + done.stderr)}"


def version_in(text: str) -> str:
    """The first thing that looks like a version: 1.22.1, 2.6.12-1+deb12u4."""
    found = re.search(r"\d+\.\d+[\w.+~-]*", text)
    return found[0] if found else "of unknown version"


def versions() -> str:
    return ", ".join(version(name) for name in VERSION_OPTIONS)


def build(source: str, directory: Path) -> Path:
    """Compile a C file of this directory into ``directory``, unless that has been done; the program.

    Raises ``RuntimeError`` with what the compiler says, ``FileNotFoundError`` where there is none.
    """
    program = directory / source.removesuffix(".c")
    if program.exists():
        return program
    command = [require(COMPILER), *FLAGS, "-o", str(program), str(HERE / source), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return program
