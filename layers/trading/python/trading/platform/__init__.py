"""What every area stands on: the three edges, settings, clock, ids, money, errors, inbox and outbox."""
