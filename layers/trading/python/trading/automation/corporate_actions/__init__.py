"""Corporate actions of portfolios: applied once each, before the open of the ex-date."""
