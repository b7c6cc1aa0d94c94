"""The engine against a naive reference, and real trades."""
