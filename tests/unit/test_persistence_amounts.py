"""Amounts survive both databases: beyond 64 bits, below zero, and up to their limit."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import StatementError

from backend.persistence.amounts import AMOUNT_DIGITS
from backend.persistence.database import Database
from backend.persistence.tables import balances, candles

LARGEST = 10**AMOUNT_DIGITS - 1
NOTEWORTHY = [0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64 + 1, -(2**64) - 1, 10**37, LARGEST, -LARGEST]


@pytest.mark.parametrize("amount", NOTEWORTHY)
def test_an_amount_is_the_same_after_a_round_trip(database: Database, amount: int) -> None:
    with database.begin_main() as connection:
        connection.execute(insert(balances).values(account="a", asset="ETH", available=amount, held=-amount))
        row = connection.execute(select(balances)).one()
    assert (row.available, row.held) == (amount, -amount)
    assert type(row.available) is int


def test_amounts_of_all_sizes_survive_one_statement_for_many_rows(database: Database) -> None:
    rows = [
        {"account": str(number), "asset": "ETH", "available": amount, "held": amount}
        for number, amount in enumerate(NOTEWORTHY)
    ]
    with database.begin_main() as connection:
        connection.execute(insert(balances), rows)
        found = {row.account: row.available for row in connection.execute(select(balances))}
    assert found == {str(number): amount for number, amount in enumerate(NOTEWORTHY)}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(-LARGEST, LARGEST), min_size=1, max_size=20, unique=True))
def test_any_amount_survives_and_is_found_by_its_value(database: Database, amounts: list[int]) -> None:
    with database.begin_main() as connection:
        connection.execute(delete(balances))
        connection.execute(
            insert(balances),
            [{"account": str(amount), "asset": "X", "available": amount, "held": 0} for amount in amounts],
        )
        for amount in amounts:
            query = select(balances.c.account).where(balances.c.available == amount)
            assert connection.scalars(query).all() == [str(amount)]


def test_amounts_that_are_not_negative_are_in_order(database: Database) -> None:
    amounts = sorted(amount for amount in NOTEWORTHY if amount >= 0)
    with database.begin_main() as connection:
        connection.execute(
            insert(balances),
            [{"account": str(n), "asset": "X", "available": n, "held": 0} for n in reversed(amounts)],
        )
        assert connection.scalars(select(balances.c.available).order_by(balances.c.available)).all() == amounts


@pytest.mark.parametrize("amount", [LARGEST + 1, -LARGEST - 1, 10**50])
def test_an_amount_with_too_many_digits_is_refused_before_the_database_sees_it(database: Database, amount: int) -> None:
    with pytest.raises(StatementError, match="at most 38 digits"), database.begin_main() as connection:
        connection.execute(insert(balances).values(account="a", asset="X", available=amount, held=0))
    with database.begin_main() as connection:
        assert connection.execute(select(balances)).all() == []


def test_a_turnover_may_exceed_every_amount(database: Database) -> None:
    with database.begin_main() as connection:
        connection.execute(
            insert(candles).values(
                market="A-B",
                interval="W1",
                start=0,
                open=1,
                high=1,
                low=1,
                close=1,
                lots=10**45,
                value=10**59,
                trades=2**40,
            )
        )
        row = connection.execute(select(candles)).one()
    assert (row.lots, row.value, row.trades) == (10**45, 10**59, 2**40)


def test_sqlite_keeps_an_amount_as_text_that_a_person_can_read(database: Database) -> None:
    if database.dialect != "sqlite":
        return
    with database.begin_main() as connection:
        connection.execute(insert(balances).values(account="a", asset="X", available=42, held=-7))
        row = connection.execute(text("SELECT available, held, typeof(available) FROM balances")).one()
    assert row == ("42".rjust(38, "0"), "-" + "7".rjust(38, "0"), "text")
