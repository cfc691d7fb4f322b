"""What every area is built on: the three edges, settings, clock, ids, money, errors, inbox and outbox."""
