"""Identity checks: the form, its submission to the broker, documents, and the broker's decision."""
