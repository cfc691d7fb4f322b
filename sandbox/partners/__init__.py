"""Simulators of the companies that Tiller depends on, speaking their real wire formats."""
