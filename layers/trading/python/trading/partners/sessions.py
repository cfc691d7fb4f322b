"""Connections to partners that know what their client says and nothing else."""

import requests


def partner_session() -> requests.Session:
    """Return a session that takes neither proxies nor passwords from where it runs.

    It would look for both at each request: through all variables of the function, and in a file of the home directory
    whose passwords it would send to a host of that name.
    """
    session = requests.Session()
    session.trust_env = False
    return session
