"""Names in each compiled page every script that it will need, so that the browser asks for all of them at once.

Reflex's pages name the first ones only; those name the next, and the browser components come last of all: five rounds
of questions and answers before there is a book to be seen.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

FALLBACK = "__spa-fallback.html"
MANIFEST = "window.__reactRouterManifest="
SCRIPT = re.compile(r"""["'`](?:\./|/?assets/)([\w.$-]+\.js)["'`]""")
END_OF_HEAD = "</head>"


def add_preloads(site: Path) -> None:
    """Complete the pages of a compiled site.

    Args:
        site: Its directory, with the scripts under `assets`.

    Raises:
        ValueError: The site is not laid out as Reflex did it so far.
    """
    manifests = list((site / "assets").glob("manifest-*.js"))
    if len(manifests) != 1:
        raise ValueError(f"The compiled site has {len(manifests)} manifests instead of one.")
    texts = {path.name: path.read_text() for path in (site / "assets").glob("*.js") if path not in manifests}
    for page in site.rglob("*.html"):
        html = page.read_text()
        named = [name for name in SCRIPT.findall(html) if name in texts]
        needed = needed_by(named + (_dynamic(manifests[0]) if page.name == FALLBACK else []), texts)
        links = "".join(
            f'<link rel="modulepreload" href="/assets/{name}"/>' for name in needed if name not in set(named)
        )
        if html.count(END_OF_HEAD) != 1:
            raise ValueError(f"{page.relative_to(site)} has no head to name scripts in.")
        page.write_text(html.replace(END_OF_HEAD, links + END_OF_HEAD))
        # It was made of the page as it was before; the server makes it anew.
        page.with_name(f"{page.name}.gz").unlink(missing_ok=True)


def needed_by(names: Iterable[str], texts: dict[str, str]) -> list[str]:
    """Scripts with all that they import, at once or later, each once and the nearest first.

    Args:
        names: Where to begin.
        texts: What each script says, by its name.
    """
    found = dict.fromkeys(names)
    waiting = list(found)
    for name in waiting:
        for imported in SCRIPT.findall(texts[name]):
            if imported in texts and imported not in found:
                found[imported] = None
                waiting.append(imported)
    return list(found)


def _dynamic(manifest: Path) -> list[str]:
    """The scripts of the pages that have a part of their address as a parameter; the fallback stands in for them."""
    text = manifest.read_text()
    if not text.startswith(MANIFEST):
        raise ValueError(f"{manifest.name} does not begin with {MANIFEST}")
    routes = json.loads(text.removeprefix(MANIFEST).rstrip().rstrip(";"))["routes"].values()
    return [Path(route["module"]).name for route in routes if ":" in route.get("path", "")]
