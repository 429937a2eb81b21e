"""Contracts enforced while the program runs."""
