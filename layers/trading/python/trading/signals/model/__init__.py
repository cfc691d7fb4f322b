"""The trained model: its artefact, how it is fitted, kept, and asked for the returns of a day."""
