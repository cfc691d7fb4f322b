"""Firebase Cloud Messaging as the sandbox has it: messages are kept and listed, tokens die on demand.

account.py     the service account that its clients sign in with
answers.py     how tokens and the token endpoint are answered on demand
simulator.py   the messages, and the answers on demand
api.py         the calls that the SDK makes
control.py     the control plane's part
"""
