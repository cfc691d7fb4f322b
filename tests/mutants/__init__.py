"""Mutations of our own code, drawn by a seed: each must turn one of the tests nearest to it red. `make mutants`."""
