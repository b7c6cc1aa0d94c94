"""Checks the committed schema: it is what the server exports, and it keeps the public contract as far as it is built.

Usage: python -m tests.contract SHARED   (the folder that has api/contract.graphql; `make lint` runs it)
"""

import os
import subprocess
import sys
from pathlib import Path

from backend.graphql.schema import export

ROOT = Path(__file__).parent.parent
COMMITTED = ROOT / "schema.graphql"
LATER = Path(__file__).with_name("contract_later.txt")
"""What the contract has and later issues build, a name on each line; a name that is built must leave it."""


def export_differs() -> list[str]:
    """Say when the server's schema is another one than the committed."""
    if export() == COMMITTED.read_text(encoding="utf-8"):
        return []
    return ["schema.graphql is not what the server exports: look at the change, then run `make schema`"]


def contract_breaks(shared: Path) -> list[str]:
    """Return each difference from the contract that is not known to come later, and each that has come."""
    checker = shared / "api" / "check_contract.py"
    result = subprocess.run([sys.executable, str(checker), str(COMMITTED)], capture_output=True, text=True, check=False)
    *lines, summary = result.stdout.splitlines() or [result.stderr]
    if "differences" not in summary:
        return [f"the contract could not be checked: {result.stderr}"]
    later = {f"{name}: missing" for name in LATER.read_text(encoding="utf-8").split()}
    built = [f"{line.partition(':')[0]} is built: take it out of {LATER.name}" for line in sorted(later - set(lines))]
    return [line for line in lines if line not in later] + built


def main(shared: Path) -> int:
    """Print what is wrong; return 1 if anything is."""
    found = export_differs()
    if (shared / "api" / "contract.graphql").is_file():
        found += contract_breaks(shared)
    elif os.environ.get("CI") == "true":
        found.append(f"{shared} has no contract to check against")
    else:
        print(f"{shared} is not there: the schema is not checked against the contract")
    print(*found, f"schema.graphql: {len(found)} problems", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
