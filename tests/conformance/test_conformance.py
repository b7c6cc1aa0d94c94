"""All fixtures and seeded campaigns of the judge; what deviates is listed, and must deviate."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from tracebook.conformance import (
    BUNDLED_SUITE_VERSIONS,
    CampaignProfile,
    CampaignResult,
    ConformanceConfig,
    Divergence,
    campaign_profile_names,
    copy_bundled_conformance_suite,
    get_campaign_profile,
    run_campaign,
    run_conformance,
)
from tracebook.core.order import SelfTradePolicy

from tests.conformance.adapter import RialtoAdapter
from tests.conformance.deviations import CONFIGS, DEVIATIONS, FIXTURE_DEVIATIONS, Deviation

SOAK = bool(os.environ.get("RIALTO_SOAK"))
SEEDS, TRACES, EVENTS = (range(1, 11), 25, 400) if SOAK else (range(1, 3), 3, 200)
POLICIES = (SelfTradePolicy.CANCEL_INCOMING, SelfTradePolicy.CANCEL_RESTING)


def first_difference(divergence: Divergence | None) -> tuple[int, str, object, object] | None:
    """Return the event, the path and what the judge and Rialto have there."""
    if divergence is None:
        return None
    return divergence.event_index, divergence.path, divergence.reference, divergence.candidate


@pytest.mark.parametrize("version", BUNDLED_SUITE_VERSIONS)
def test_every_fixture_agrees_but_those_that_are_listed(version: str, tmp_path: Path) -> None:
    suite = copy_bundled_conformance_suite(tmp_path / version, suite_version=version)
    found = {
        case.name: first_difference(run_conformance(case.load_events(), RialtoAdapter, case.config).divergence)
        for case in suite.cases
    }
    assert len(found) >= 8
    listed = {
        name: (len(deviation.trace), deviation.path, deviation.judge, deviation.rialto)
        for name, deviation in FIXTURE_DEVIATIONS.items()
    }
    assert {name: difference for name, difference in found.items() if difference is not None} == listed


@pytest.mark.parametrize("name", [*DEVIATIONS, *FIXTURE_DEVIATIONS])
def test_a_listed_deviation_deviates_with_the_last_event_of_its_trace(name: str) -> None:
    deviation: Deviation = {**DEVIATIONS, **FIXTURE_DEVIATIONS}[name]
    config = CONFIGS.get(name, ConformanceConfig())
    report = run_conformance(deviation.trace, partial(RialtoAdapter, literal=True), config)
    last = len(deviation.trace)
    assert first_difference(report.divergence) == (last, deviation.path, deviation.judge, deviation.rialto)


@pytest.mark.timeout(36_000 if SOAK else 300)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("profile", campaign_profile_names())
def test_a_seeded_campaign_agrees_and_covers_all_that_its_profile_names(profile: str, seed: int) -> None:
    agrees(run_campaign(RialtoAdapter, profile, seed, TRACES, EVENTS))


@pytest.mark.timeout(36_000 if SOAK else 300)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_a_campaign_of_owners_who_meet_themselves_agrees(policy: SelfTradePolicy, seed: int) -> None:
    """The judge has no campaigns with self-trade prevention; these are its fullest one with each of its policies."""
    full = get_campaign_profile("fifo-full-v1")
    config = replace(full.config, self_trade_policy=policy)
    profile: CampaignProfile = replace(full, name=f"fifo-full-{policy.name.lower()}", config=config)
    agrees(run_campaign(RialtoAdapter, profile, seed, TRACES, EVENTS))


def agrees(result: CampaignResult) -> None:
    """Assert that a campaign found nothing; what it found is told with the shortest trace that shows it."""
    if result.failure is not None:
        reduced = result.failure.minimization
        trace = "\n".join(str(event.to_dict()) for event in reduced.events)
        pytest.fail(f"seed {result.seed}, trace {len(result.traces)}: {reduced.report.divergence}\n{trace}")
    assert result.semantic_coverage.uncovered_capabilities == ()
