"""The exchange without its network side, composed on a database: journal, engine, sequencer, projector, views."""

import asyncio
from collections.abc import Callable

from backend.engine.commands import Command
from backend.engine.exchange import RULES_VERSION, Exchange
from backend.engine.outcome import Outcome
from backend.persistence import histories, migrate
from backend.persistence.database import Database
from backend.persistence.faults import Fault, no_fault
from backend.persistence.lock import WriterLock
from backend.sequencer import recovery
from backend.sequencer.clock import Clock, wall_us
from backend.sequencer.journal import Journal
from backend.sequencer.keys import KnownKeys
from backend.sequencer.limits import USUAL_LIMITS, SequencerLimits
from backend.sequencer.projector import Projector, ProjectorLimits
from backend.sequencer.sequencer import Sequencer
from backend.sequencer.views import LiveViews


class Core:
    """A running core; it owns the database that it was given."""

    def __init__(
        self,
        database: Database,
        *,
        locked: bool = True,
        journal_fault: Fault = no_fault,
        projector_fault: Fault = no_fault,
        projector_limits: ProjectorLimits | None = None,
        limits: SequencerLimits = USUAL_LIMITS,
        wall: Callable[[], int] = wall_us,
    ) -> None:
        self.database = database
        self.fatal: list[BaseException] = []
        self.lock: WriterLock | None = None
        self.journal = Journal(database, fault=journal_fault)
        self.views: LiveViews
        self.keys: KnownKeys
        self.projector: Projector
        self.sequencer: Sequencer
        self._locked = locked
        self._projector_fault = projector_fault
        self._projector_limits = projector_limits
        self._limits = limits
        self._wall = wall
        self._open = True

    async def start(self) -> "Core":
        """Start as the program does; when that is refused, let go of everything."""
        try:
            if self._locked:
                self.lock = WriterLock.take(self.database)
            migrate.prepare(self.database)
            self.journal.open_epoch()
            loaded = await recovery.load(self.database, self.journal)
            clock = Clock(loaded.last_time, self._wall)
        except BaseException:
            self._let_go()
            raise
        self.views, self.keys = LiveViews(loaded.state), KnownKeys(loaded.state.keys)
        self.projector = Projector(
            self.database,
            epoch=self.journal.epoch,
            checkpoint=loaded.state.sequence,
            rules_version=RULES_VERSION,
            limits=self._projector_limits,
            fault=self._projector_fault,
        )
        self.projector.start()
        self.sequencer = Sequencer(
            journal=self.journal,
            load=lambda: recovery.load(self.database, self.journal),
            readers=(self.views, self.keys, self.projector),
            clock=clock,
            room=self.projector.room,
            limits=self._limits,
            on_fatal=self.fatal.append,
        )
        try:
            await self.sequencer.start(loaded)
        except BaseException:
            await self.stop()
            raise
        await self.database.read(lambda connection: self.keys.fill(histories.all_keys(connection)))
        return self

    async def send(self, *commands: Command) -> list[Outcome]:
        """Submit commands one after the other."""
        return [await self.sequencer.submit(command) for command in commands]

    async def fingerprint(self) -> str:
        """Return the fingerprint of the engine now."""
        return await self.sequencer.inspect(Exchange.fingerprint)

    async def committed(self) -> tuple[int, str]:
        """Return a sequence at which a batch of the journal ended, and the engine's fingerprint there.

        What is due by time may go on meanwhile, so that the engine is ahead of what is committed for a moment.
        """
        while True:
            before = self.views.sequence
            sequence, fingerprint = await self.sequencer.inspect(lambda engine: (engine.sequence, engine.fingerprint()))
            if sequence == before:
                return sequence, fingerprint
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Stop cleanly; what is committed gets into the read model first. A second time does nothing."""
        if not self._open:
            return
        await self.sequencer.stop()
        await self.projector.close()
        await asyncio.to_thread(self._let_go)

    async def crash(self) -> None:
        """Stop as a dying process does, as far as that is possible within one: nothing is finished or written."""
        if not self._open:
            return
        for task in (self.sequencer._running, self.projector._task):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        self.projector._thread.close()
        await asyncio.to_thread(self._let_go)

    def _let_go(self) -> None:
        self._open = False
        self.journal.close()
        if self.lock is not None:
            self.lock.release()
        self.database.close()


def replayed(database: Database) -> Exchange:
    """Return what a replay of the whole journal gives."""
    journal = Journal(database)
    try:
        return recovery.replay(journal)
    finally:
        journal.close()
