"""Findings drawn: one small file for each format."""
