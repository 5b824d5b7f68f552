"""What every payment provider does for us, in one form: money in the currency's smallest unit, whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol

from studio.http.errors import StudioError

ProviderName = Literal["stripe", "alipay", "wechat"]
PaymentState = Literal["pending", "paid", "closed"]


class PaymentsOff(StudioError):
    """This installation takes no payments."""

    status = 409
    code = "payments_off"


class CardDeclined(Exception):
    """The card that an automatic top-up was to be paid with was declined; the message is the provider's."""


class ProviderUnavailable(StudioError):
    """The payment provider does not answer."""

    status = 502
    code = "payment_provider_unavailable"


class NoticeRefused(StudioError):
    """This notice is not signed by the payment provider."""

    status = 403
    code = "notice_refused"


@dataclass(frozen=True)
class Purchase:
    """What is to be paid: `amount` in cents or fen; `what` is what payers read; the addresses are the studio's own."""

    org_id: str
    order_id: str
    amount: int
    currency: str
    what: str
    email: str | None
    back_url: str
    notice_url: str


@dataclass(frozen=True)
class Checkout:
    """Where to pay. reference: the provider's name for it. url: a page to open, or what a QR code says (`is_code`)."""

    reference: str
    url: str
    is_code: bool = False


@dataclass(frozen=True)
class Payment:
    """How a purchase stands at the provider. refunded: of `amount`, in all; disputed: the money is being claimed back,
    or was; tax: what came on top."""

    state: PaymentState
    amount: int = 0
    currency: str = ""
    refunded: int = 0
    disputed: bool = False
    tax: int = 0
    receipt_url: str | None = None
    problem: str | None = None
    """What somebody has to look at with the provider, in words."""


@dataclass(frozen=True)
class Notice:
    """What a notice is about: an order, or an organisation's subscription."""

    org_id: str
    order_id: str | None = None
    subscription_id: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a provider wants to read when its notice was taken."""

    status: int = 200
    content: str = ""
    content_type: str = "text/plain"


class Provider(Protocol):
    """A payment provider. Its methods are synchronous, take seconds, and raise ProviderUnavailable."""

    name: ClassVar[ProviderName]
    currencies: ClassVar[tuple[str, ...]]
    taken: ClassVar[Answer]

    def begin(self, purchase: Purchase) -> Checkout:
        """Asking again for one order begins it once."""
        ...

    def look_up(self, *, order_id: str, reference: str, refund_ids: Sequence[str]) -> Payment:
        """How it stands now. refund_ids: what `give_back` was asked with, for providers that tell no sum."""
        ...

    def give_back(self, *, order_id: str, reference: str, total: int, amount: int, refund_id: str) -> None:
        """Refund a part or all of it; asking again with one `refund_id` refunds once."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """None for what is none of ours. Raises NoticeRefused."""
        ...


@dataclass(frozen=True)
class PaidPeriod:
    """A period of a subscription that was paid for. reference: of its invoice."""

    reference: str
    plan: str
    end: datetime


@dataclass(frozen=True)
class Subscription:
    """How a subscription stands. is_good: the plan holds, be it that a renewal is being tried again (`is_late`)."""

    id: str
    customer: str
    plan: str
    is_good: bool
    is_late: bool
    ends_at: datetime | None
    paid: tuple[PaidPeriod, ...]
