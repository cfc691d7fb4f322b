"""The formats of the simulated broker: what REST answers and what events say, field by field."""

import json
from typing import Any

from tests.unit.sandbox.partners.drivewealth.harness import TAX_ID, Harness

TEXT, NUMBER, BOOL, NOTHING = "text", "number", "bool", None


def all_of(kind: Any, names: str) -> dict[str, Any]:
    """Return fields that are all of one kind."""
    return dict.fromkeys(names.split(), kind)


NAMED = {"name": TEXT, "description": TEXT}
PARENT = {"id": TEXT, "name": TEXT}

USER = {
    **all_of(
        TEXT,
        "id ackSignedWhen addressLine1 city countryID displayName dob email firstName languageID "
        "lastName phone referralCode stateProvince wlpID idNo updatedWhen citizenship createdWhen "
        "approvedWhen approvedBy ackSignedBy riskTolerance w8received w8expires updatedBy avatarURL "
        "annualIncomeRange networthLiquidRange networthTotalRange",
    ),
    **all_of(
        BOOL,
        "usCitizen brandAmbassador ackCustomerAgreement ackFindersFee ackForeignFindersFee "
        "ackJointCustomerAgreement ackJointFindersFee ackJointForeignFindersFee ackJointMarketData "
        "ackMarketData ackExtendedHoursAgreement termsOfUse director employerIsBroker "
        "jointEmployerIsBroker politicallyExposed taxTreatyWithUS ackDisclosureRule14b "
        "ackJointDisclosureRule14b",
    ),
    **all_of(NUMBER, "marginDefault badPasswordCount employmentYears userNoteQty"),
    **all_of(NAMED, "status userType employmentStatus investmentObjectives investmentExperience"),
    "addressLine2": NOTHING,
    "zipPostalCode": NOTHING,
    "parentIB": PARENT,
    "fundingSources": [],
}
ACCOUNT = {
    **all_of(TEXT, "id accountNo nickname commissionID userID createdWhen openedWhen updatedWhen"),
    **all_of(
        BOOL,
        "beneficiaries restricted gfvPdtExempt buyingPowerOverride sweepInd interestFree "
        "ignoreMarketHoursForTest flaggedForACATS extendedHoursEnrolled",
    ),
    **all_of(NUMBER, "leverage goodFaithViolations patternDayTrades freeTradeBalance"),
    **all_of(NAMED, "accountType accountMgmtType status tradingType"),
    "parentIB": PARENT,
    "taxProfile": {"taxStatusCode": TEXT, "taxRecipientCode": TEXT},
    "bod": all_of(NUMBER, "moneyMarket equityValue cashAvailableForWithdrawal cashAvailableForTrading cashBalance"),
    "ria": {"advisorID": TEXT, "productID": TEXT},
}
PAYMENT = {
    **all_of(TEXT, "id paymentID type wlpFinTranTypeID timestamp note"),
    "amount": NUMBER,
    "currency": {**NAMED, "symbol": TEXT},
    "status": {"id": NUMBER, "message": TEXT, "comment": TEXT, "updated": TEXT},
    "accountDetails": {"accountID": TEXT, "accountNo": TEXT, "accountType": NAMED, "accountManagementType": NAMED},
}
PAYMENT_EVENT = {
    **all_of(
        TEXT,
        "paymentID category type currency statusMessage statusComment created userID accountID "
        "transactionCode description note",
    ),
    **all_of(NUMBER, "amount status"),
    **all_of(NOTHING, "finTranRef failureReason"),
}


def shape(value: Any) -> Any:
    """Return what a JSON value is made of; of a list, its first item is enough."""
    if isinstance(value, dict):
        return {name: shape(field) for name, field in value.items()}
    if isinstance(value, list):
        return [shape(entry) for entry in value[:1]]
    kinds = {bool: BOOL, int: NUMBER, float: NUMBER, str: TEXT}
    return kinds.get(type(value))


def test_a_login(harness: Harness) -> None:
    assert shape(harness.log_in()) == {"authToken": TEXT, "expiresAt": TEXT}


def test_a_user(harness: Harness) -> None:
    user_id = harness.person()
    harness.pass_by(minutes=1)

    user = harness.ask("GET", f"/users/{user_id}")

    assert shape(user) == USER
    assert user["status"] == {"name": "APPROVED", "description": "User approved."}
    assert (user["displayName"], user["dob"], user["idNo"]) == ("JDoe", "1985-03-02", f"****{TAX_ID[-4:]}")
    assert user["annualIncomeRange"] == "$100,000 - $199,999"
    assert (user["networthTotalRange"], user["networthLiquidRange"]) == ("$0 - $4,999", "$1,000,000 +")


def test_a_tax_id_is_nowhere_kept_in_full(harness: Harness) -> None:
    user = harness.ask("GET", f"/users/{harness.person()}")

    assert TAX_ID not in json.dumps([user, harness.events]) + harness.broker.file.read_text()


def test_a_user_who_waits_shows_no_approval(harness: Harness) -> None:
    user = harness.ask("GET", f"/users/{harness.person()}")

    assert USER.keys() - user.keys() == {"approvedWhen", "approvedBy"}
    assert user["status"] == {"name": "PENDING", "description": "User is pending approval."}


def test_a_check_that_went_well(harness: Harness) -> None:
    user_id = harness.person()
    harness.pass_by(minutes=1)

    shown = harness.ask("GET", f"/users/{user_id}/kyc-status")

    assert shape(shown) == {"kyc": {"status": {"name": TEXT}, "updated": TEXT}}
    assert shown["kyc"]["status"] == {"name": "KYC_APPROVED"}


def test_a_check_that_found_something_names_codes(harness: Harness) -> None:
    user_id = harness.person("Denied")
    harness.pass_by(minutes=1)

    shown = harness.ask("GET", f"/users/{user_id}/kyc-status")["kyc"]

    errors = [{"code": TEXT, "description": TEXT}]
    assert shape(shown) == {"status": {"name": TEXT}, "statusComment": TEXT, "errors": errors, "updated": TEXT}
    assert (shown["status"]["name"], shown["errors"][0]["code"]) == ("KYC_DENIED", "K102")


def test_a_picture_of_a_document(harness: Harness) -> None:
    user_id = harness.person()
    body = {"userID": user_id, "type": "PASSPORT", "document": "data:image/jpeg;base64,AAAA", "side": "FRONT"}

    shown = harness.ask("POST", "/documents", body)

    assert shape(shown) == {**all_of(TEXT, "documentID userID type side"), "status": NAMED}
    assert harness.ask("GET", f"/users/{user_id}/documents") == [shown]
    assert "AAAA" not in harness.broker.file.read_text()


def test_an_account(harness: Harness) -> None:
    account = harness.account()

    assert shape(account) == ACCOUNT
    assert account["status"] == {"name": "OPEN", "description": "Open"}
    assert (account["accountMgmtType"]["name"], account["tradingType"]["name"]) == ("RIA_MANAGED", "CASH")
    assert account["ria"] == {"advisorID": "the-advisor", "productID": "the-product"}
    assert account["ignoreMarketHoursForTest"] is True
    assert harness.ask("GET", f"/users/{account['userID']}/accounts") == [account]


def test_the_money_of_an_account(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 12)

    shown = harness.ask("GET", f"/accounts/{account['id']}/summary/money")

    cash = all_of(NUMBER, "cashAvailableForTrade cashAvailableForWithdrawal cashBalance pendingPaymentsAmount")
    head = all_of(TEXT, "accountID accountNo tradingType updated")
    assert shape(shown) == {
        **head,
        "cash": {**cash, "noBuyingPowerReason": [], "cashSettlement": [{"utcTime": TEXT, "cash": NUMBER}]},
    }


def test_the_positions_of_an_account(harness: Harness) -> None:
    account = harness.account()

    shown = harness.ask("GET", f"/accounts/{account['id']}/summary/positions")

    head = all_of(TEXT, "accountID accountNo tradingType updated")
    assert shape(shown) == {**head, "equityValue": NUMBER, "equityPositions": []}


def test_a_bank_account_is_masked(harness: Harness) -> None:
    made = harness.bank(harness.person())

    owner = all_of(TEXT, "userID username firstName lastName email wlpID")
    details = all_of(TEXT, "bankAccountNickname bankAccountNumber bankRoutingNumber")
    assert shape(made) == {
        **all_of(TEXT, "id status created updated"),
        "userDetails": {**owner, "parentIB": PARENT},
        "bankAccountDetails": details,
    }
    assert made["id"].startswith("bank_")
    assert all(
        made["bankAccountDetails"][name].startswith("****") for name in ("bankAccountNumber", "bankRoutingNumber")
    )
    assert "processor-1" not in json.dumps(made)
    assert harness.ask("GET", f"/users/{made['userDetails']['userID']}/bank-accounts") == [made]


def test_a_bank_account_that_was_deleted_is_gone(harness: Harness) -> None:
    made = harness.bank(harness.person())

    harness.ask("DELETE", f"/bank-accounts/{made['id']}")

    assert harness.ask("GET", f"/users/{made['userDetails']['userID']}/bank-accounts") == []
    assert harness.refusal("DELETE", f"/bank-accounts/{made['id']}") == (404, "B001")


def test_a_deposit(harness: Harness) -> None:
    account = harness.account()

    made = harness.ask("POST", "/funding/deposits", harness.order(account, 250.75))

    assert shape(made) == PAYMENT
    assert (made["status"]["id"], made["status"]["message"]) == (1, "Pending")
    assert (made["type"], made["amount"], made["note"]) == ("ACH", 250.75, "flow-1")
    assert harness.ask("GET", f"/funding/deposits/{made['id']}") == made
    assert harness.ask("GET", f"/users/{account['userID']}/funding/deposits") == [made]
    assert harness.ask("GET", f"/users/{account['userID']}/funding/redemptions") == []


def test_a_payment_without_a_note_shows_none(harness: Harness) -> None:
    order = harness.order(harness.account(), 10)
    del order["note"]

    made = harness.ask("POST", "/funding/deposits", order)

    assert "note" not in made
    assert harness.last("deposits.created")["note"] is None


def test_a_deposit_that_is_funded_at_once(harness: Harness) -> None:
    account = harness.account()

    made = harness.ask("POST", "/funding/deposits", harness.order(account, 100, type="INSTANT_FUNDING"))

    assert shape(made) == PAYMENT
    assert (made["type"], made["status"]["id"], made["status"]["message"]) == ("INSTANT_FUNDING", 14, "Approved")
    assert made["status"]["comment"]


def test_a_successful_payment_names_the_transaction(harness: Harness) -> None:
    account = harness.account()
    made = harness.ask("POST", "/funding/deposits", harness.order(account, 250))
    harness.pass_by(days=5)

    shown = harness.ask("GET", f"/funding/deposits/{made['id']}")

    assert shape(shown) == {**PAYMENT, "finTranReference": TEXT}
    assert (shown["status"]["id"], shown["status"]["message"]) == (2, "Successful")
    assert shape(harness.last("deposits.updated")) == {**PAYMENT_EVENT, "finTranRef": TEXT}
    assert harness.last("deposits.updated")["finTranRef"] == shown["finTranReference"]


def test_a_redemption_shows_negative(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 100)

    made = harness.ask("POST", "/funding/redemptions", harness.order(account, 40.25))

    assert shape(made) == {**PAYMENT, "fees": []}
    assert (made["amount"], made["status"]["id"], made["status"]["message"]) == (-40.25, 11, "RIA_Pending")


def test_a_redemption_shows_its_fees_in_rest_alone(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 100)
    made = harness.ask("POST", "/funding/redemptions", harness.order(account, 40))
    payment = harness.broker.state.payment(made["id"], "REDEMPTION")
    payment.fee_cents = 25

    answer = {"status": "RIA_Approved", "statusComment": "Approved by the advisor"}
    shown = harness.ask("PATCH", f"/funding/redemptions/{made['id']}", answer)

    assert shape(shown) == {**PAYMENT, "fees": [{"type": TEXT, "amount": NUMBER}]}
    assert shown["fees"] == [{"type": "ACH", "amount": 0.25}]
    assert (shown["status"]["id"], shown["status"]["message"]) == (12, "RIA_Approved")
    assert shown["status"]["comment"] == "Approved by the advisor"
    assert "fees" not in harness.last("redemptions.updated")


def test_a_fee_may_be_redeemed_for_the_advisor(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 100)
    body = {
        "accountNo": account["accountNo"],
        "amount": 3.21,
        "currency": "USD",
        "type": "CASH_TRANSFER",
        "transactionCode": "FEE_AUM",
        "note": "the fee of March",
        "details": {"partnerAccountNo": "DWHOUSE001"},
    }

    made = harness.ask("POST", "/funding/redemptions", body)

    assert shape(made) == {**PAYMENT, "fees": []}
    assert (made["type"], made["amount"], made["note"]) == ("CASH_TRANSFER", -3.21, "the fee of March")
    assert harness.last("redemptions.created")["transactionCode"] == "FEE_AUM"


def test_everything_may_be_redeemed_at_once(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 73)
    body = {
        "accountNo": account["accountNo"],
        "liquidate": True,
        "currency": "USD",
        "type": "ACH",
        "details": {"beneficiaryName": "Jane Doe", "beneficiaryAccountNumber": "1"},
        "note": "all of it",
    }

    made = harness.ask("POST", "/funding/redemptions", body)

    assert made["amount"] == -73.0


def test_cash_that_is_put_in_by_hand(harness: Harness) -> None:
    account = harness.account()

    shown = harness.put_in(account, 1000)

    texts = all_of(TEXT, "finTranID finTranTypeID wlpFinTranTypeID comment")
    assert shape(shown) == {**texts, "accountAmount": NUMBER, "accountBalance": NUMBER}
    assert harness.cash(account) == shown["accountBalance"] == 1000.0


def test_an_instrument_by_its_symbol_and_by_its_id(harness: Harness) -> None:
    shown = harness.ask("GET", "/instruments/AAPL")

    assert shape(shown) == {
        **all_of(
            TEXT,
            "symbol reutersPrimaryRic name description sector descriptionChinese id type exchange url "
            "status image ISIN",
        ),
        **all_of(NUMBER, "orderSizeMax orderSizeMin orderSizeStep close closePrior"),
        "longOnly": BOOL,
        "exchangeNickelSpread": BOOL,
    }
    assert harness.ask("GET", f"/instruments/{shown['id']}") == shown
    assert harness.refusal("GET", "/instruments/NOSUCH") == (404, "I050")


def test_every_event_has_the_same_envelope(harness: Harness) -> None:
    harness.account()

    assert harness.events
    for event in harness.events:
        assert event.keys() == {"id", "type", "timestamp", "payload"}
        assert event["id"].startswith("event_")
        assert len(event["timestamp"].rpartition(".")[2]) == len("123456789Z")
    assert len({event["timestamp"] for event in harness.events}) == len(harness.events)
    assert len({event["id"] for event in harness.events}) == len(harness.events)


def test_the_events_of_a_user(harness: Harness) -> None:
    user_id = harness.person()
    created = harness.last("users.created")
    harness.pass_by(minutes=1)

    assert shape(created) == {**all_of(TEXT, "firstName lastName email userID"), "status": NAMED}
    assert harness.last("users.updated") == {
        "previous": {"status": {"name": "PENDING", "description": "User is pending approval."}},
        "current": {"status": {"name": "APPROVED", "description": "User approved."}},
        "userID": user_id,
    }


def test_the_event_of_a_check_names_what_rest_has_codes_for(harness: Harness) -> None:
    user_id = harness.person("Denied")
    harness.pass_by(minutes=1)

    shown = harness.last("kyc.updated")

    one = {"status": TEXT, "statusMessage": TEXT, "details": [TEXT]}
    assert shape(shown) == {"userID": TEXT, "current": one, "previous": one}
    assert shown["userID"] == user_id
    assert (shown["current"]["status"], shown["current"]["details"]) == ("KYC_DENIED", ["SSN_NOT_MATCH"])
    assert shown["previous"]["status"] == "KYC_PROCESSING"


def test_the_events_of_an_account_hold_ids_alone(harness: Harness) -> None:
    account = harness.account()

    ids = {"accountNo": account["accountNo"], "accountID": account["id"], "userID": account["userID"]}
    assert harness.last("accounts.created") == harness.last("accounts.updated") == ids


def test_the_events_of_a_deposit(harness: Harness) -> None:
    account = harness.account()
    made = harness.ask("POST", "/funding/deposits", harness.order(account, 250.75))

    shown = harness.last("deposits.created")

    assert shape(shown) == PAYMENT_EVENT
    assert (shown["paymentID"], shown["note"], shown["accountID"]) == (made["id"], "flow-1", account["id"])
    assert (shown["status"], shown["statusMessage"], shown["amount"]) == (1, "Pending", 250.75)
    assert (shown["category"], shown["transactionCode"]) == ("DEPOSIT", "RECEIPT_ACH")


def test_the_events_of_a_redemption(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 100)
    harness.ask("POST", "/funding/redemptions", harness.order(account, 40))

    shown = harness.last("redemptions.created")

    assert shape(shown) == PAYMENT_EVENT
    assert (shown["status"], shown["statusMessage"], shown["amount"]) == (11, "RIA_Pending", -40.0)
    assert isinstance(shown["amount"], float)
    assert (shown["category"], shown["transactionCode"]) == ("REDEMPTION", "DISBURSEMENT_ACH")
