"""Firebase Cloud Messaging as the sandbox has it: messages are kept and listed, tokens die on demand.

account.py     the service account that its clients sign in with
simulator.py   the messages, the dead tokens, the API and the control plane's part
"""
