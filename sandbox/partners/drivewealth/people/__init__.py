"""People at the broker: their documents, and the checks of who they are."""
