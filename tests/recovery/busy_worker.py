"""The process that kills itself in the middle of everything: `python -m tests.recovery.busy_worker URL DIR POINT`.

It runs a core on the database (an empty URL is SQLite in the folder), brings it to where everything is under way at
once, and dies when it passes the fault point after the command that begins the cascade.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from backend.persistence.database import Database
from backend.sequencer.clock import wall_us
from backend.sequencer.limits import SequencerLimits
from tests.support import busy_exchange
from tests.support.core import Core


async def run(url: str, data_dir: str, fatal_point: str) -> None:
    """Trade until the fault point is passed."""
    armed = False

    def fault(point: str) -> None:
        if armed and point == fatal_point:
            os.kill(os.getpid(), signal.SIGKILL)

    limits = SequencerLimits(batch_steps_max=1)  # so that the cascade does not fit into one batch
    database = Database.open(url or None, Path(data_dir))
    core = await Core(database, journal_fault=fault, projector_fault=fault, limits=limits).start()
    for outcome in await core.send(*busy_exchange.commands(wall_us())):
        assert outcome.sequence, outcome
        assert outcome.refusal is None, outcome
    await core.projector.reached(core.views.sequence)
    armed = True
    await core.send(busy_exchange.cascade())
    await core.projector.reached(core.views.sequence)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
