"""The AWS emulator: the one package that knows its name.

`process` starts and stops it; `server` is what that process runs; the others each set one thing right
in it, as their docstrings say. Only modules that run in the emulator's own process load it.
"""

from sandbox.emulator.process import ACCOUNT, REGION, Emulator, IndexEntries, Sample, Work

__all__ = ["ACCOUNT", "REGION", "Emulator", "IndexEntries", "Sample", "Work"]
