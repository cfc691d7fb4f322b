"""The trading day of an automated portfolio: plan, enter, monitor, close, prove."""
