"""Clients of the companies Tiller depends on, a package each."""

from trading.platform.log_privacy import keep_libraries_private

keep_libraries_private()  # before any SDK is loaded: some read at once how much they shall print
