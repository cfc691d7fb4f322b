"""The API's description: merged from the handlers, completed from the catalogue."""
