"""What a test needs and a machine may lack: skipped with a clear line for a user, a failure where CI=true."""

import os
import shutil
import subprocess
from functools import cache
from typing import NoReturn

import pytest
from playwright._impl._driver import compute_driver_executable


def missing(what: str) -> NoReturn:
    """Skip the test on a user's machine; fail it where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def program(name: str, debian_package: str) -> str:
    """Return the path of a program."""
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is missing. On Debian: apt-get install {debian_package}")
    return found


def chromium() -> str:
    """Return the path of a browser that Playwright can drive."""
    path = program("chromium", "chromium")
    problem = _why_no_driver()
    if problem:
        missing(f"Playwright's driver does not start: {problem} On Debian: apt-get install libatomic1")
    return path


@cache
def _why_no_driver() -> str:
    driver, _ = compute_driver_executable()
    tried = subprocess.run([driver, "--version"], capture_output=True, text=True, check=False)
    return tried.stderr.strip() if tried.returncode else ""
