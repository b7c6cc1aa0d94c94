"""What a test needs and a machine may lack: skipped with a clear line for a user, a failure where CI=true."""

import os
import shutil
from typing import NoReturn

import pytest


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
