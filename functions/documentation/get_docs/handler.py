"""GET /docs: the API's description as a page to read and try. It loads nothing from other hosts."""

from functools import cache
from pathlib import Path

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi import swagger_ui

from trading.platform.http import http_api

app = http_api()

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Tiller API</title><style>{style}</style></head>
<body><div id="docs"></div><script>{script}</script>
<script>SwaggerUIBundle({{url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null}})</script>
</body></html>
"""


@cache
def page() -> str:
    """Return the page, with Swagger UI inside."""
    folder = Path(swagger_ui.__file__).parent
    style, script = ((folder / name).read_text() for name in ("swagger-ui.min.css", "swagger-ui-bundle.min.js"))
    # Inside a page, these two would end the script, or keep its end from being seen.
    inline = script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return PAGE.format(style=style, script=inline)


@app.get("/docs")
def get_docs() -> Response[str]:
    """Return the page."""
    return Response(status_code=200, content_type="text/html; charset=utf-8", body=page())


lambda_handler = app.lambda_handler
