"""Why something is broken, and what to write instead."""
