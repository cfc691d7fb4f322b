"""One call to DriveWealth: with the shared session, renewed once where it is dead, judged by its own table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from trading.partners.drivewealth import wire
from trading.partners.drivewealth.refusals import GENERAL, Refusals, error_code, refusal
from trading.partners.drivewealth.session import Sessions, Token
from trading.partners.drivewealth.transport import NOT_REACHED, Answer, Call, Transport, lost
from trading.platform.clock import Clock
from trading.platform.errors import PartnerError, Unavailable
from trading.platform.ids import new_id
from trading.platform.observability import logger

MIN_LIFE = timedelta(minutes=5)
_UNAUTHORIZED, _SESSION_OVER = 401, "L025"

Credentials = Callable[[], Mapping[str, str]]
T = TypeVar("T")


@dataclass(frozen=True)
class Connection:
    """Asks the broker and reads what it answers."""

    transport: Transport
    sessions: Sessions
    credentials: Credentials

    def ask(self, call: Call, read: Callable[[Any], T], refusals: Refusals = GENERAL) -> T:
        """Return what `read` makes of the answer to a call.

        Raises:
            Refused: if the broker said no; a read is refused with `not_found` alone.
            Unavailable: if nothing happened, for certain, or if the call only reads.
            OutcomeUnknown: if the broker may have acted.
        """
        answer = self._answer(call)
        if answer.is_refusal:
            logger.warning("broker refused", partner="drivewealth", status=answer.status, code=error_code(answer))
            raise refusal(call, answer, refusals)
        try:
            return read(answer.body)
        except wire.STRANGE:
            raise lost(call) from None

    def _answer(self, call: Call) -> Answer:
        abandoned_at = self.transport.deadline()
        token = self.sessions.current(abandoned_at)
        answer = self.transport.send(call, self._headers(token), abandoned_at)
        if _is_over(answer):
            token = self.sessions.renew(token, abandoned_at)
            answer = self.transport.send(call, self._headers(token), abandoned_at)
        if _is_over(answer):
            raise Unavailable(NOT_REACHED)
        return answer

    def _headers(self, token: Token) -> Mapping[str, str]:
        return {"dw-client-app-key": self.credentials()["app_key"], "dw-auth-token": token.text}


@dataclass(frozen=True)
class Login:
    """Opens a session with the name and password that the stage's secret holds."""

    transport: Transport
    credentials: Credentials
    clock: Clock

    def __call__(self, abandoned_at: float) -> Token:
        """Return a new token.

        Raises:
            Unavailable: whatever goes wrong, since what the session was wanted for has not happened.
        """
        fields = self.credentials()
        body = {
            "appTypeID": int(fields["app_type_id"]),
            "username": fields["username"],
            "password": fields["password"],
        }
        call = Call("POST", wire.path("auth"), body, new_id())
        try:
            answer = self.transport.send(call, {"dw-client-app-key": fields["app_key"]}, abandoned_at)
            return self._token(answer.body)
        except (PartnerError, *wire.STRANGE):
            raise Unavailable(NOT_REACHED) from None

    def _token(self, body: Any) -> Token:  # noqa: ANN401 - JSON
        # A token that was just given is good for a while, whatever the two clocks make of its end.
        least = self.clock.now() + MIN_LIFE
        text = body["authToken"]
        if not (text.isascii() and text.isprintable() and text):
            raise ValueError("not a token")
        return Token(text, max(wire.moment(body.get("expiresAt")) or least, least))


def _is_over(answer: Answer) -> bool:
    return answer.status == _UNAUTHORIZED or (answer.is_refusal and error_code(answer) == _SESSION_OVER)
