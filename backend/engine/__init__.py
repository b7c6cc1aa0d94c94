"""The matching engine and its ledger: pure, deterministic, no I/O; `Exchange.apply` is the only door."""
