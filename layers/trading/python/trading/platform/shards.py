"""Over how many hash keys everything is spread that is found over everybody."""

from hashlib import sha256

SHARDS = 4
"""How many hash keys each index over everybody has: code, tables and streams read this number."""


def shard_of(key: str) -> int:
    """Return the shard that a partition or a message belongs to."""
    return sha256(key.encode()).digest()[0] % SHARDS
