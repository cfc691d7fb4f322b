"""TTF holdings: collections that people hold at the broker, and the loop that brings them there.

collections/   the catalogue: which symbols a TTF holds, by what weights, from when on
versions/      what a person asks for: one reconfiguration of one collection
observation/   what an account holds at the broker, whether that adds up, and what was traded
rebalancing/   plans new targets and submits them to the broker
runs/          the broker trades for all accounts that are ready; each end is applied
holdings/      what is held: weights, amounts, gains, days, corporate actions
"""
