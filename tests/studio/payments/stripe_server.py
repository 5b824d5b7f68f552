"""As much of Stripe as the product asks of it, by its wire: keys and idempotency are checked, events are signed."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.studio.payments.local_server import Asked, Replied

KEY, SIGNING_SECRET, MONTH_S = "sk_test_local", "whsec_local", 30 * 86400
Thing = dict[str, Any]


@dataclass
class StripeServer:
    """Everything by id. `away`: it answers 503 to all. card: what an off-session charge finds; None: no card."""

    things: dict[str, Thing] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    away: bool = False
    card: str | None = "good"
    asked: list[str] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    def answer(self, asked: Asked) -> Replied:
        self.asked.append(f"{asked.method} {asked.path}")
        if self.away:
            return _reply(503, _error("api_error", "try again"))
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return _reply(401, _error("invalid_request_error", "Invalid API Key"))
        words = _nested(parse_qsl(asked.body.decode() or asked.query, keep_blank_values=True))
        key = asked.headers.get("idempotency-key")
        if asked.method == "POST" and key in self.by_key:
            return _reply(200, self.shown(self.by_key[key]))
        try:
            found = self._route(asked, words)
        except KeyError as missing:
            return _reply(404, _error("invalid_request_error", f"No such thing: {missing}"))
        if asked.method == "POST" and key is not None and "id" in found and "error" not in found:
            self.by_key[key] = found["id"]
        return _reply(402 if "error" in found else 200, found)

    def _route(self, asked: Asked, words: Thing) -> Thing:
        path = asked.path.removeprefix("/v1/")
        if path == "customers/search":
            (org_id,) = re.findall(r"'([^']+)'$", words["query"])
            return _list(each for each in self._all("customer") if each["metadata"]["org_id"] == org_id)
        if asked.method == "POST":
            return self._make(path, words)
        kind, _, id_ = path.rpartition("/")
        if kind in {"checkout/sessions", "payment_intents", "subscriptions"}:
            return self.shown(id_, words.get("expand", []))
        if path == "disputes":
            return _list(each for each in self._all("dispute") if each["payment_intent"] == words["payment_intent"])
        if path == "invoices":
            return _list(each for each in self._all("invoice") if each["subscription"] == words["subscription"])
        if path == "payment_methods":
            return _list([{"id": "pm_1", "object": "payment_method"}] if self.card else [])
        raise KeyError(path)

    def _make(self, path: str, words: Thing) -> Thing:
        match path:
            case "customers":
                return self._put("cus", "customer", metadata=words["metadata"])
            case "checkout/sessions":
                return self._put("cs_test", "checkout.session", **_session(words))
            case "payment_intents":
                return self._charge(words)
            case "refunds":
                charge = self.charge_of(words["payment_intent"])
                charge["amount_refunded"] += int(words["amount"])
                return self._put("re", "refund", payment_intent=words["payment_intent"])
            case "billing_portal/sessions":
                return self._put("bps", "billing_portal.session", url="https://billing.stripe.com/p/1")
        raise KeyError(path)

    def _charge(self, words: Thing) -> Thing:
        if self.card == "declined":
            return {"error": {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}}
        amount = int(words["amount"])
        return self._intent(amount, words["currency"], words["metadata"])

    def _intent(self, amount: int, currency: str, metadata: Thing) -> Thing:
        charge = self._put("ch", "charge", amount=amount, amount_refunded=0, disputed=False, receipt_url="https://r/1")
        return self._put(
            "pi", "payment_intent", amount=amount, currency=currency, status="succeeded", metadata=metadata,
            latest_charge=charge["id"],
        )  # fmt: skip

    # What happens at Stripe's own pages, by its customers and banks.

    def pay(self, session_id: str, tax: int = 0) -> Thing:
        """The payer pays for what a session asks; returns the session."""
        session = self.things[session_id]
        total = session["amount_subtotal"] + tax
        intent = self._intent(total, session["currency"], session["payment_intent_data"]["metadata"])
        invoice = self._put("in", "invoice", hosted_invoice_url="https://invoice.stripe.com/i/1", subscription=None)
        session |= {
            "status": "complete", "payment_status": "paid", "payment_intent": intent["id"], "invoice": invoice["id"],
            "total_details": {"amount_tax": tax},
        }  # fmt: skip
        return session

    def charge_of(self, intent_id: str) -> Thing:
        charge: Thing = self.things[self.things[intent_id]["latest_charge"]]
        return charge

    def dispute(self, intent_id: str, status: str) -> Thing:
        """The payer's bank claims the money back, or has decided."""
        self.charge_of(intent_id)["disputed"] = True
        for each in self._all("dispute"):
            if each["payment_intent"] == intent_id:
                each["status"] = status
                return each
        return self._put("dp", "dispute", payment_intent=intent_id, status=status)

    def subscribe(self, session_id: str) -> Thing:
        """The payer pays for the first month of the plan that a session asks for."""
        session = self.things[session_id]
        price = session["line_items"][0]["price"]
        found = self._put(
            "sub", "subscription", status="active", customer="cus_1", cancel_at=None,
            metadata=session["subscription_data"]["metadata"], items={"data": [{"price": {"id": price}}]},
        )  # fmt: skip
        self.renew(found["id"])
        return found

    def renew(self, subscription_id: str) -> Thing:
        """A month is paid for."""
        found = self.things[subscription_id]
        months = sum(each["subscription"] == subscription_id for each in self._all("invoice"))
        end = int(time.time()) + MONTH_S * (months + 1)
        line = {
            "amount": 2900, "period": {"start": end - MONTH_S, "end": end},
            "pricing": {"price_details": {"price": found["items"]["data"][0]["price"]["id"]}},
        }  # fmt: skip
        parent = {"subscription_details": {"subscription": subscription_id}}
        return self._put("in", "invoice", subscription=subscription_id, lines={"data": [line]}, parent=parent)

    def event(self, kind: str, thing: Thing, secret: str = SIGNING_SECRET) -> tuple[dict[str, str], bytes]:
        """Headers and body of a notice, signed."""
        body = json.dumps(
            {"id": f"evt_{next(self._numbers)}", "object": "event", "type": kind, "data": {"object": thing}}
        )
        stamp = int(time.time())
        signed = hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
        return {"stripe-signature": f"t={stamp},v1={signed}"}, body.encode()

    def shown(self, id_: str, expand: list[str] | None = None) -> Thing:
        found = dict(self.things[id_])
        for name in expand or []:
            if found.get(name):
                found[name] = self.things[found[name]]
        return found

    def _all(self, kind: str) -> list[Thing]:
        return [each for each in reversed(self.things.values()) if each["object"] == kind]

    def _put(self, prefix: str, kind: str, **words: Any) -> Thing:  # noqa: ANN401 (JSON)
        thing = {"id": f"{prefix}_{next(self._numbers)}", "object": kind} | words
        self.things[thing["id"]] = thing
        return thing


def _session(words: Thing) -> Thing:
    made = {"status": "open", "payment_status": "unpaid", "url": "https://checkout.stripe.com/c/pay/1", **words}
    if words["mode"] == "payment":
        price = words["line_items"][0]["price_data"]
        made |= {"amount_subtotal": int(price["unit_amount"]), "currency": price["currency"]}
    return made | {"payment_intent": None, "invoice": None, "total_details": None}


def _list(things: Any) -> Thing:  # noqa: ANN401 (an iterable of JSON)
    return {"object": "list", "data": list(things), "has_more": False}


def _error(type_: str, message: str) -> Thing:
    return {"error": {"type": type_, "message": message}}


def _reply(status: int, content: Thing) -> Replied:
    return Replied(status, json.dumps(content).encode(), {"Content-Type": "application/json"})


def _nested(pairs: list[tuple[str, str]]) -> Thing:
    """a[b][0][c]=d as what it means."""
    made: Thing = {}
    for name, value in pairs:
        head, *rest = re.findall(r"[^\[\]]+", name)
        at: Any = made
        for step, following in itertools.pairwise([head, *rest]):
            at = at.setdefault(step, {})
            del following
        at[[head, *rest][-1]] = value
    return _lists(made)


def _lists(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(each) for name, each in value.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner
