"""The static analyser: finds shape errors in source code without running any of it."""
