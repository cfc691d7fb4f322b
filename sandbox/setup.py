"""Puts the control plane of one sandbox together, and fills a fresh one."""

from datetime import datetime
from pathlib import Path

from infra.catalogue import FUNCTIONS
from infra.catalogue.secrets import SECRETS
from infra.stages import stage_from
from sandbox.alarm_template import alarms_of
from sandbox.alarms import AlarmBoard
from sandbox.collections import register_shipped_collections
from sandbox.control import ControlPlane
from sandbox.emulator import Emulator
from sandbox.faults import Faults
from sandbox.identity import Issuer
from sandbox.partners.drivewealth.control import DriveWealthControl
from sandbox.partners.drivewealth.managed.quotes import latest_price, their_symbols
from sandbox.partners.drivewealth.simulator import DriveWealthSimulator
from sandbox.partners.firebase.account import service_account
from sandbox.partners.firebase.api import MOUNTED_AT as FIREBASE
from sandbox.partners.firebase.control import FirebaseControl
from sandbox.partners.firebase.simulator import FirebaseSimulator
from sandbox.partners.market_data.simulator import MarketSimulator
from sandbox.partners.plaid.control import PlaidControl
from sandbox.partners.plaid.simulator import PlaidSimulator
from sandbox.partners.plaid.webhooks import WebhookSigner
from sandbox.partners.stripe.control import StripeControl
from sandbox.partners.stripe.simulator import StripeSimulator
from sandbox.partners.stripe.webhooks import HttpSender
from sandbox.queues import BROKER_EVENTS, Queues, fed_by
from sandbox.registry import activity, register_shipped
from sandbox.stage import PREFIX, LocalStage
from sandbox.timekeeper import Timekeeper
from tiller.secrets import StageSecrets, new_value
from trading.platform.aws import client
from trading.platform.clock import trading_date
from trading.platform.deferrals import waiting
from trading.platform.secrets import PartnerKeys, is_text

RESEND = "resend_deferred"
STRIPE_WEBHOOK = "receive_stripe_webhook"
"""The function that takes Stripe's webhooks; what it sends on is waited for."""


def control_plane(folder: Path, url: str, *, emulator: Emulator, start: datetime) -> ControlPlane:
    """Return the control plane of a folder whose template is deployed; a fresh one begins at `start`."""
    queues = Queues(emulator.work)
    keeper = Timekeeper(LocalStage(emulator.earliest), queues)
    keeper.begin(start)
    alarms = AlarmBoard.in_folder(folder, alarms_of(folder / "assembly"), now=keeper.now, afresh=emulator.was_reset)
    queues.watch = alarms.watch
    queues.deferred, queues.resend = waiting, lambda due_at: keeper.fire(RESEND, due_at)
    queues.find_paused()
    market = MarketSimulator.in_folder(folder / "market", afresh=emulator.was_reset)
    plaid = PlaidSimulator.in_folder(folder / "plaid", afresh=emulator.was_reset)
    broker = DriveWealthSimulator.in_folder(
        folder / "drivewealth",
        afresh=emulator.was_reset,
        now=keeper.now,
        emit=lambda event: queues.send(BROKER_EVENTS, [event]),
        knows_token=plaid.knows_processor_token,
        symbols=lambda: their_symbols(activity()),
        price=lambda symbol: latest_price(market, symbol, keeper.now()),
    )
    fill_secrets(url)
    webhook_keys = PartnerKeys("stripe", f"{PREFIX}-stripe", {"webhook_secret": is_text})
    stripe = StripeControl(
        StripeSimulator.in_folder(
            folder / "stripe",
            afresh=emulator.was_reset,
            now=keeper.now,
            sender=HttpSender(url, lambda: webhook_keys()["webhook_secret"]),
        ),
        queues,
        frozenset().union(*(fed_by(function) for function in FUNCTIONS if function.name == STRIPE_WEBHOOK)),
    )
    keeper.partners += [broker, stripe]
    register_shipped()
    register_shipped_collections(trading_date(keeper.now()))
    stage = stage_from({"stage": "local", "sandbox_url": url})
    firebase = FirebaseSimulator.in_folder(folder / "firebase", now=keeper.now, afresh=emulator.was_reset)
    return ControlPlane(
        issuer=Issuer.in_folder(folder, url=stage.issuer, audience=stage.audience),
        keeper=keeper,
        queues=queues,
        market=market,
        faults=Faults(),
        plaid=PlaidControl(plaid, WebhookSigner.in_folder(folder / "plaid"), url),
        drivewealth=DriveWealthControl(broker, queues),
        stripe=stripe,
        alarms=alarms,
        firebase=FirebaseControl(firebase),
    )


def fill_secrets(url: str) -> None:
    """Put made-up values into what a fresh stage lacks; Firebase's account names where its simulator answers."""
    stage = StageSecrets(client("secretsmanager"), PREFIX)
    for secret, field in stage.missing():
        stage.put(secret, {field.name: field.default or new_value()})
    account = {"service_account": service_account(f"{url}{FIREBASE}")}
    stage.put(next(secret for secret in SECRETS if secret.name == "firebase"), account)
