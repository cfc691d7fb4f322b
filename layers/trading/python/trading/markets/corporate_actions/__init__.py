"""Corporate actions: what companies do to their shares, as the market's data say it."""
