"""The catalogue of TTFs."""
