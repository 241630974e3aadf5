"""Seodang: the system on which a deep-learning course runs."""

__version__ = "0.1.0"
