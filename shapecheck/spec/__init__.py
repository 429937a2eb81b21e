"""Axis specifications: their grammar, how they are read from annotations, what they accept."""
