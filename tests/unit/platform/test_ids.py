from trading.platform.ids import PORTFOLIO_ID_LIMIT, derived_id, new_id, new_portfolio_id


def test_random_ids_differ() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


def test_portfolio_ids_fit_into_a_json_number() -> None:
    ids = [new_portfolio_id() for _ in range(1000)]

    assert all(1 <= id_ < PORTFOLIO_ID_LIMIT and int(float(id_)) == id_ for id_ in ids)
    assert len(set(ids)) == 1000


def test_derived_ids_belong_to_their_parts() -> None:
    assert derived_id("a", "b") == derived_id("a", "b")
    assert len({derived_id("a", "b"), derived_id("b", "a"), derived_id("ab"), derived_id("a", "b", "")}) == 4
