"""Users, their passwords and sessions, and which accounts of the engine are theirs."""
