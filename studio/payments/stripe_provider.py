"""Stripe: its hosted pages take the cards, the tax and the consent; we keep ids (docs.stripe.com/api).

A purchase is a Checkout session in payment mode with an invoice; a plan is one in subscription mode; an automatic
top-up is a payment intent on the card that the last purchase left for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import stripe

from studio.payments.port import (
    Answer,
    CardDeclined,
    Checkout,
    Notice,
    NoticeRefused,
    PaidPeriod,
    Payment,
    ProviderName,
    ProviderUnavailable,
    Purchase,
    Subscription,
)

_CLAIMED = ("needs_response", "under_review", "lost")  # of a dispute: the money is not ours, or not for certain
_GOOD, _LATE = ("active", "trialing", "past_due"), "past_due"
_RETRIES = 2


@dataclass(frozen=True)
class StripeKeys:
    """secret_key: sk_…; signing_secret: whsec_…; api_url None: Stripe's own. prices: plan → price_… of its month."""

    secret_key: str
    signing_secret: str
    prices: Mapping[str, str]
    taxes: bool = False
    api_url: str | None = None


class StripeProvider:
    """`Provider` by Stripe's own SDK, and what Stripe alone does: subscriptions, saved cards, its customers' portal."""

    name: ClassVar[ProviderName] = "stripe"
    currencies: ClassVar[tuple[str, ...]] = ("usd", "eur", "gbp", "cny")
    taken: ClassVar[Answer] = Answer(200, "{}", "application/json")

    def __init__(self, keys: StripeKeys) -> None:
        self._keys = keys
        self._client = stripe.StripeClient(
            keys.secret_key,
            base_addresses={"api": keys.api_url} if keys.api_url else {},
            max_network_retries=_RETRIES,
            http_client=stripe.RequestsClient(timeout=20),
        )

    def begin(self, purchase: Purchase) -> Checkout:
        """A Checkout session; the card stays with the customer, for automatic top-ups."""
        marks = {"org_id": purchase.org_id, "order_id": purchase.order_id}
        session = self._open_session(
            purchase.order_id,
            mode="payment",
            line_items=[
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": purchase.currency,
                        "unit_amount": purchase.amount,
                        "product_data": {"name": purchase.what},
                    },
                }
            ],
            customer=self._customer(purchase.org_id, purchase.email),
            customer_update={"address": "auto", "name": "auto"},
            payment_intent_data={"metadata": marks, "setup_future_usage": "off_session"},
            invoice_creation={"enabled": True, "invoice_data": {"metadata": marks}},
            metadata=marks,
            success_url=purchase.back_url,
            cancel_url=purchase.back_url,
        )
        return Checkout(session.id, str(session.url))

    def look_up(self, *, order_id: str, reference: str, refund_ids: Sequence[str] = ()) -> Payment:
        """Of a session, or of an automatic top-up's intent."""
        with _explained():
            if reference.startswith("pi_"):
                return self._payment_of_intent(self._client.v1.payment_intents.retrieve(reference, _CHARGE))
            session = self._client.v1.checkout.sessions.retrieve(reference, {"expand": ["invoice"]})
            if session.payment_status != "paid":
                return Payment("closed" if session.status == "expired" else "pending")
            intent = self._client.v1.payment_intents.retrieve(str(session.payment_intent), _CHARGE)
            paid = self._payment_of_intent(intent)
            tax = session.total_details.amount_tax if session.total_details else 0
            invoice: Any = session.invoice
            return Payment(
                "paid",
                amount=session.amount_subtotal or 0,
                currency=str(session.currency),
                refunded=min(paid.refunded, session.amount_subtotal or 0),
                disputed=paid.disputed,
                tax=tax,
                receipt_url=getattr(invoice, "hosted_invoice_url", None) or paid.receipt_url,
            )

    def give_back(self, *, order_id: str, reference: str, total: int, amount: int, refund_id: str) -> None:
        """A refund of the intent behind the order."""
        with _explained():
            intent = reference
            if not reference.startswith("pi_"):
                intent = str(self._client.v1.checkout.sessions.retrieve(reference).payment_intent)
            self._client.v1.refunds.create(
                {"payment_intent": intent, "amount": amount}, {"idempotency_key": f"refund-{refund_id}"}
            )

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """Of an event: whose it is stands in what we wrote on the objects, or on those that they name."""
        try:
            event = stripe.Webhook.construct_event(body, headers.get("stripe-signature", ""), self._keys.signing_secret)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise NoticeRefused("the signature is not by the secret in DRAMATIS_STRIPE_WEBHOOK_SECRET") from error
        found = event.data.object.to_dict()
        with _explained():
            return self._notice_of(found)

    def subscribe(self, *, org_id: str, plan: str, email: str | None, back_url: str) -> Checkout:
        """A Checkout session for a plan's monthly price."""
        marks = {"org_id": org_id, "plan": plan}
        session = self._open_session(
            None,
            mode="subscription",
            line_items=[{"quantity": 1, "price": self._keys.prices[plan]}],
            customer=self._customer(org_id, email),
            customer_update={"address": "auto", "name": "auto"},
            subscription_data={"metadata": marks},
            metadata=marks,
            success_url=back_url,
            cancel_url=back_url,
        )
        return Checkout(session.id, str(session.url))

    def look_up_subscription(self, subscription_id: str) -> Subscription:
        """How it stands, with the periods that were paid, newest first."""
        with _explained():
            found = self._client.v1.subscriptions.retrieve(subscription_id)
            invoices = self._client.v1.invoices.list({"subscription": subscription_id, "status": "paid", "limit": 12})
        plans = {price: plan for plan, price in self._keys.prices.items()}
        item = found.to_dict()["items"]["data"][0]
        periods = tuple(
            PaidPeriod(str(invoice.id), plans[price], _instant(line["period"]["end"]))
            for invoice in invoices.data
            for line in invoice.to_dict()["lines"]["data"]
            if (price := _price_of(line)) in plans and line["amount"] > 0
        )
        return Subscription(
            id=found.id,
            customer=str(found.customer),
            plan=plans.get(item["price"]["id"], ""),
            is_good=found.status in _GOOD,
            is_late=found.status == _LATE,
            ends_at=_instant(found.cancel_at) if found.cancel_at else None,
            paid=periods,
        )

    def charge_saved(self, purchase: Purchase) -> Checkout:
        """Pay with the card that the last purchase left. Raises CardDeclined, ProviderUnavailable."""
        marks = {"org_id": purchase.org_id, "order_id": purchase.order_id}
        with _explained():
            customer = self._customer(purchase.org_id, purchase.email)
            cards = self._client.v1.payment_methods.list({"customer": customer, "type": "card", "limit": 1})
            if not cards.data:
                raise CardDeclined("there is no saved card: buy credits once, and the card stays for this")
            try:
                intent = self._client.v1.payment_intents.create(
                    {
                        "amount": purchase.amount, "currency": purchase.currency, "customer": customer,
                        "payment_method": cards.data[0].id, "off_session": True, "confirm": True,
                        "description": purchase.what, "metadata": marks,
                    },
                    {"idempotency_key": f"order-{purchase.order_id}"},
                )  # fmt: skip
            except stripe.CardError as declined:
                raise CardDeclined(declined.user_message or "the card was declined") from declined
        return Checkout(intent.id, "")

    def portal(self, *, org_id: str, email: str | None, back_url: str) -> str:
        """A page of Stripe's on which the customer changes her card, her plan or her tax number, and finds invoices."""
        with _explained():
            customer = self._customer(org_id, email)
            return str(
                self._client.v1.billing_portal.sessions.create({"customer": customer, "return_url": back_url}).url
            )

    def _open_session(self, order_id: str | None, **words: Any) -> Any:  # noqa: ANN401 (Stripe's own)
        if self._keys.taxes:
            words |= {"automatic_tax": {"enabled": True}, "tax_id_collection": {"enabled": True}}
        options: Any = {"idempotency_key": f"order-{order_id}"} if order_id else {}
        with _explained():
            return self._client.v1.checkout.sessions.create(words, options)  # type: ignore[arg-type]

    def _customer(self, org_id: str, email: str | None) -> str:
        """An organisation is one customer: the key of its making finds it again within a day, the search ever after."""
        with _explained():
            known = self._client.v1.customers.search({"query": f"metadata['org_id']:'{org_id}'", "limit": 1})
            if known.data:
                return known.data[0].id
            words: Any = {"metadata": {"org_id": org_id}, **({"email": email} if email else {})}
            return self._client.v1.customers.create(words, {"idempotency_key": f"customer-{org_id}"}).id

    def _payment_of_intent(self, intent: Any) -> Payment:  # noqa: ANN401
        if intent.status == "canceled":
            return Payment("closed")
        if intent.status != "succeeded":
            return Payment("pending")
        charge = intent.latest_charge
        disputes = self._client.v1.disputes.list({"payment_intent": intent.id}) if charge.disputed else None
        return Payment(
            "paid",
            amount=intent.amount,
            currency=intent.currency,
            refunded=charge.amount_refunded,
            disputed=disputes is not None and any(each.status in _CLAIMED for each in disputes.data),
            receipt_url=charge.receipt_url,
        )

    def _notice_of(self, found: dict[str, Any]) -> Notice | None:
        marks = found.get("metadata") or {}
        if found.get("object") == "subscription" and "org_id" in marks:
            return Notice(marks["org_id"], subscription_id=found["id"])
        if subscription_id := _subscription_of(found):
            marks = self._client.v1.subscriptions.retrieve(subscription_id).metadata
            return Notice(marks["org_id"], subscription_id=subscription_id) if "org_id" in marks else None
        if "order_id" not in marks and found.get("payment_intent"):
            marks = self._client.v1.payment_intents.retrieve(str(found["payment_intent"])).metadata
        return Notice(marks["org_id"], order_id=marks["order_id"]) if "order_id" in marks else None


_CHARGE: Any = {"expand": ["latest_charge"]}


def _subscription_of(found: dict[str, Any]) -> str | None:
    """Of a session, or of an invoice, which names it under its parent."""
    parent = (found.get("parent") or {}).get("subscription_details") or {}
    return found.get("subscription") or parent.get("subscription")


def _price_of(line: Mapping[str, Any]) -> str | None:
    pricing = line.get("pricing") or {}
    return (pricing.get("price_details") or {}).get("price")


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except stripe.CardError:
        raise
    except stripe.StripeError as error:
        raise ProviderUnavailable(f"Stripe: {error.user_message or error}") from error
