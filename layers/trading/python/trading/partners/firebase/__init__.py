"""Firebase: pushes to devices."""
