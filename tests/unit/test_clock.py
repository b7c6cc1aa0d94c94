"""The exchange's time."""

import pytest

from backend.engine.values import TimeUs
from backend.sequencer.clock import CLOCK_BEHIND_US_MAX, Clock, monotonic_us, wall_us
from backend.sequencer.errors import ClockBehind

NOON = 1_800_000_000_000_000


class Machine:
    """A machine whose clocks a test turns."""

    def __init__(self) -> None:
        self.wall = NOON
        self.uptime = 5

    def clock(self, last: int = 0) -> Clock:
        return Clock(TimeUs(last), lambda: self.wall, lambda: self.uptime)


def test_time_is_the_wall_clock_at_the_start_and_then_goes_by_the_monotonic_clock():
    machine = Machine()
    clock = machine.clock()
    assert clock.now() == NOON
    machine.uptime += 1_500_000
    assert clock.now() == NOON + 1_500_000


def test_a_wall_clock_that_is_set_back_later_changes_nothing():
    machine = Machine()
    clock = machine.clock()
    machine.wall -= 3600_000_000
    machine.uptime += 10
    assert clock.now() == NOON + 10


def test_time_is_never_less_than_the_journals_last_nor_than_what_was_said_before():
    machine = Machine()
    clock = machine.clock(last=NOON + 1_000_000)
    assert clock.now() == NOON + 1_000_000
    machine.uptime += 3_000_000
    assert clock.now() == NOON + 3_000_000
    machine.uptime -= 2_000_000
    assert clock.now() == NOON + 3_000_000


def test_a_start_whose_clock_is_two_seconds_behind_the_journal_is_allowed():
    assert Machine().clock(last=NOON + CLOCK_BEHIND_US_MAX).now() == NOON + CLOCK_BEHIND_US_MAX


def test_a_start_whose_clock_is_more_than_two_seconds_behind_the_journal_is_refused_with_both_times():
    with pytest.raises(ClockBehind, match=r"2027-01-15 08:00:00\.000.*2\.0 s before.*2027-01-15 08:00:02\.000"):
        Machine().clock(last=NOON + CLOCK_BEHIND_US_MAX + 1)


def test_the_real_clocks_count_microseconds():
    assert wall_us() > 1_700_000_000_000_000
    assert monotonic_us() <= monotonic_us()
    assert Clock(TimeUs(0)).now() <= Clock(TimeUs(0)).now()
