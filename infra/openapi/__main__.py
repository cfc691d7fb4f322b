"""`make openapi`: write the API's description."""

import sys

from infra.openapi.document import main

if __name__ == "__main__":
    sys.exit(main())
