"""The bucket of results: the documents of runs, which their owners fetch by presigned requests."""

from collections.abc import Mapping

from trading.backtest.jobs.models import Documents
from trading.platform.aws import signing_s3
from trading.platform.settings import settings

LINK_SECONDS = 900
EVERYTHING, DAYS, TRADES = "backtest.json", "days.csv", "trades.csv"
TYPES: Mapping[str, str] = {EVERYTHING: "application/json", DAYS: "text/csv", TRADES: "text/csv"}


class BucketDocuments:
    """The documents of runs, by the claim of the worker that wrote them."""

    def put(self, place: str, documents: Documents) -> None:
        """Keep the documents of a run; the same once more changes nothing."""
        contents = {EVERYTHING: documents.everything, DAYS: documents.days, TRADES: documents.trades}
        for name, text in contents.items():
            signing_s3().put_object(**_place(place, name), Body=text.encode(), ContentType=TYPES[name])

    def delete(self, place: str) -> None:
        """Delete the documents of a run; those that are gone already are fine."""
        for name in TYPES:
            signing_s3().delete_object(**_place(place, name))


class BucketLinks:
    """Presigned URLs of documents, which are good for a quarter of an hour."""

    def of(self, place: str) -> Mapping[str, str]:
        """Return a URL for each document of a run, by its name."""
        return {name: self._url(place, name) for name in TYPES}

    def _url(self, place: str, name: str) -> str:
        shown = {"ResponseContentDisposition": f'attachment; filename="{name}"'}
        return str(
            signing_s3().generate_presigned_url(
                "get_object", Params=_place(place, name) | shown, ExpiresIn=LINK_SECONDS
            )
        )


def _place(place: str, name: str) -> dict[str, str]:
    return {"Bucket": settings().results_bucket, "Key": f"backtests/{place}/{name}"}
