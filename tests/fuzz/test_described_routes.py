"""Requests made up from the API's own description: whatever is asked, the answer is a described one below 500.

`FUZZ_SEED` and `FUZZ_EXAMPLES` choose other requests and more of them; a failure prints its request as a
`curl` command.
"""

import os
import zlib
from typing import Any

from hypothesis import HealthCheck, settings
from schemathesis import Case as AnyCase
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.asking import WITHIN_SECONDS, api, caller, real_id, with_real_ids
from tests.fuzz.fixtures import Fixtures

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
Case = AnyCase[Any]
HAS_FORTY_FIELDS = "PATCH /api/kyc/form"
ONE_OF = 6
"""Of a route with very many fields, one of so many requests is sent."""

api.config.seed = int(os.environ.get("FUZZ_SEED", "1"))
api.config.generation.with_security_parameters = False
api.config.phases.coverage.unexpected_methods = set()


@api.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_answer_is_a_described_one(case: Case, fixtures: Fixtures) -> None:
    dice = dice_of(case)
    if case.operation.label == HAS_FORTY_FIELDS and dice % ONE_OF:
        return
    name_what_is_there(case, fixtures, dice)
    headers = {"Authorization": f"Bearer {fixtures.token(caller(case.path, dice))}"}

    answer = case.call(base_url=fixtures.url, session=fixtures.session, headers=headers, timeout=WITHIN_SECONDS)

    case.validate_response(answer, checks=CHECKS)


def dice_of(case: Case) -> int:
    """Return a number that is the same for the same request, so that a failure comes again."""
    made_up = (case.path_parameters, case.query, case.body, case.headers)
    return zlib.crc32(repr(made_up).encode("utf-8", "replace"))


def name_what_is_there(case: Case, fixtures: Fixtures, dice: int) -> None:
    """Name things that exist, three times out of four, and give a good request a key of its own."""
    if dice % 4 == 0:
        return
    label = case.operation.label
    for name in case.path_parameters or {}:
        case.path_parameters[name] = real_id(fixtures, name, label, dice // 4) or case.path_parameters[name]
    if is_well_formed(case):
        case.body = with_real_ids(case.body, fixtures, label, dice // 4)
        for name in case.headers or {}:
            case.headers[name] = f"a-key-of-{dice:010}"


def is_well_formed(case: Case) -> bool:
    """Say whether a request was made up to fit the description."""
    return case.meta is not None and case.meta.generation.mode.is_positive
