"""Who a request comes from: where a distribution is in front of the API, it alone is answered.

The distribution puts a word of its own into a header of every request that it passes on. Whoever asks the API's own
endpoint past it, and so past the limits that each address has there, does not know the word.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from trading.platform.errors import Forbidden
from trading.platform.secrets import secret_words
from trading.platform.settings import settings

HEADER, FIELD = "x-tiller-origin", "word"


def require_distribution(event: Mapping[str, Any]) -> None:
    """Make sure that a request came through the distribution, if the stage has one.

    Raises:
        Forbidden: if it came past it.
        Unavailable: if the distribution's word cannot be read.
    """
    secret = settings().origin_secret
    if secret is None:
        return
    said = str((event.get("headers") or {}).get(HEADER, "")).encode()
    if not any(hmac.compare_digest(said, word.encode()) for word in secret_words(secret, FIELD)):
        raise Forbidden("This address answers nobody; please use the API's own.")
