"""WeChat Pay: a code that is scanned (Native pay, API v3), by `wechatpayv3`; its key signs answers and notices."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from wechatpayv3 import WeChatPay, WeChatPayType

from studio.payments.port import (
    Answer,
    Checkout,
    Notice,
    NoticeRefused,
    Payment,
    PaymentState,
    ProviderName,
    ProviderUnavailable,
    Purchase,
)

_STATES: dict[str, PaymentState] = {
    "NOTPAY": "pending", "USERPAYING": "pending", "ACCEPT": "pending", "SUCCESS": "paid", "REFUND": "paid",
    "CLOSED": "closed", "REVOKED": "closed", "PAYERROR": "closed",
}  # fmt: skip
_TIMEOUT_S = (10, 20)


@dataclass(frozen=True)
class WeChatKeys:
    """private_key and serial: of our merchant certificate; public_key and its id: WeChat Pay's own."""

    app_id: str
    merchant_id: str
    private_key: str
    serial: str
    api_v3_key: str
    public_key: str
    public_key_id: str
    gateway: str | None = None


class WeChatProvider:
    """`Provider` by `wechatpayv3`. Our order's id is its `out_trade_no`; the organisation is `attach`."""

    name: ClassVar[ProviderName] = "wechat"
    currencies: ClassVar[tuple[str, ...]] = ("cny",)
    taken: ClassVar[Answer] = Answer(204)

    def __init__(self, keys: WeChatKeys) -> None:
        self._client = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=keys.merchant_id,
            private_key=keys.private_key,
            cert_serial_no=keys.serial,
            apiv3_key=keys.api_v3_key,
            appid=keys.app_id,
            public_key=keys.public_key,
            public_key_id=keys.public_key_id,
            timeout=_TIMEOUT_S,
        )
        if keys.gateway is not None:
            self._client._core._gate_way = keys.gateway

    def begin(self, purchase: Purchase) -> Checkout:
        """What the QR code says."""
        answer = self._ask(
            self._client.pay,
            description=purchase.what,
            out_trade_no=purchase.order_id,
            amount={"total": purchase.amount, "currency": "CNY"},
            attach=purchase.org_id,
            notify_url=purchase.notice_url,
        )
        return Checkout(purchase.order_id, answer["code_url"], is_code=True)

    def look_up(self, *, order_id: str, reference: str, refund_ids: Sequence[str] = ()) -> Payment:
        """By the order's query, and one for each refund, for an order tells no sum of them."""
        found = self._ask(self._client.query, out_trade_no=order_id)
        state = _STATES[found["trade_state"]]
        refunds = [self._ask(self._client.query_refund, out_refund_no=refund_id) for refund_id in refund_ids]
        refunded = sum(each["amount"]["refund"] for each in refunds if each["status"] == "SUCCESS")
        unknown = found["trade_state"] == "REFUND" and not refund_ids
        return Payment(
            state,
            amount=found.get("amount", {}).get("total", 0),
            currency="cny",
            refunded=refunded,
            problem="it was refunded in WeChat Pay's own console: reverse the credits by hand" if unknown else None,
        )

    def give_back(self, *, order_id: str, reference: str, total: int, amount: int, refund_id: str) -> None:
        """`out_refund_no` is what makes asking again harmless."""
        self._ask(
            self._client.refund,
            out_refund_no=refund_id,
            out_trade_no=order_id,
            amount={"refund": amount, "total": total, "currency": "CNY"},
        )

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """Signed by WeChat Pay and encrypted for us."""
        try:
            notice = self._client.callback(dict(headers), body)
        except Exception as error:  # of several libraries, whatever bytes came
            raise NoticeRefused("the notice could not be verified and read with the keys of the settings") from error
        if not notice:
            raise NoticeRefused("the signature is not by the key in DRAMATIS_WECHAT_PUBLIC_KEY")
        about = notice["resource"]
        order_id, org_id = about.get("out_trade_no"), about.get("attach")
        if order_id and not org_id:  # notices of refunds say no more than the order
            org_id = self._ask(self._client.query, out_trade_no=order_id).get("attach")
        return Notice(org_id, order_id=order_id) if order_id and org_id else None

    @staticmethod
    def _ask(call: Callable[..., tuple[int, Any]], **words: Any) -> dict[str, Any]:  # noqa: ANN401 (the SDK's own)
        try:
            status, content = call(**words)
            answer: dict[str, Any] = json.loads(content or "{}")
        except Exception as error:  # the SDK raises bare exceptions, and what sockets and parsers do
            raise ProviderUnavailable(f"WeChat Pay: {str(error)[:300]}") from error
        if status not in range(200, 300):
            raise ProviderUnavailable(f"WeChat Pay: {answer.get('message')} ({answer.get('code')})")
        return answer
