"""The market-data provider as the sandbox has it: quotes, trades, daily bars and corporate actions.

simulator.py           prices of any moment, from daily bars and pinned quotes
api.py                 the calls that Alpaca's clients make
pins.py                quotes that the sandbox's users pin
bar_files.py           daily bars in CSV files
history.py             the daily bars that come with the sandbox
corporate_actions.py   what companies announce
"""
