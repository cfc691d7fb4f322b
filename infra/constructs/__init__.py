"""Small constructs: keyword-only inputs, results as attributes, no knowledge of their neighbours."""
