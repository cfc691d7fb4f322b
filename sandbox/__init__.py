"""Tiller on one machine: an emulator with the deployed template, partner simulators, a control plane."""
