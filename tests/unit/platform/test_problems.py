import json

import pytest

from trading.platform import errors
from trading.platform.errors import TillerError
from trading.platform.problems import STATUS, problem

STATUSES = {
    errors.InvalidRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.StaleRecord: 409,
    errors.KeyReused: 422,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
    errors.QueueUnavailable: 503,
    errors.KeysUnusable: 503,
    errors.Refused: 502,
    errors.OutcomeUnknown: 502,
    errors.PartnerError: 502,
}


def test_every_class_of_the_error_tree_has_a_status() -> None:
    tree = {var for var in vars(errors).values() if isinstance(var, type) and issubclass(var, TillerError)}

    assert tree - {TillerError} == set(STATUSES)


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_the_nearest_class_decides_the_status(kind: type[TillerError], status: int) -> None:
    answer = problem(kind("Because."), "request-1")

    assert answer.status_code == status
    assert json.loads(str(answer.body))["code"] == kind.code


def test_an_error_of_no_branch_is_our_own_fault() -> None:
    assert problem(TillerError(), "").status_code == 500
    assert TillerError not in STATUS
