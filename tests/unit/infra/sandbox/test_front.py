"""Paths as the distribution in front of the API would hand them on."""

import pytest

from infra.sandbox.front import cut_slash


@pytest.mark.parametrize(
    ("path", "cut"),
    [("/api/portfolios/", "/api/portfolios"), ("/api/portfolios", "/api/portfolios"), ("/a//", "/a/"), ("/", "/")],
)
def test_one_trailing_slash_is_cut(path: str, cut: str) -> None:
    assert cut_slash(path) == cut
