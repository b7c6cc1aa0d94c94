"""The engine before an outside judge: PyPI's `tracebook-conformance`."""
