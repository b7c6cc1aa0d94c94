"""The demonstration exchange: what it offers, and a trader that makes it live; a client of the public API alone."""
