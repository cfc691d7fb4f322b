"""TTF holdings: collections that people hold at the broker, and the passes and runs that bring them there.

collections/   the catalogue: which symbols a TTF holds, by what weights, from when on
versions/      what a person asks for: one reconfiguration of one collection
rebalancing/   passes plan and tell the broker, runs trade, what came of them is measured
holdings/      what is held: weights, amounts, gains, days, corporate actions
"""
