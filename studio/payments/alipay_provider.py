"""Alipay: a page to pay on, by its official SDK; every request and answer is signed by RSA2 (opendocs.alipay.com)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import httpx
from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.AlipayTradeFastpayRefundQueryRequest import AlipayTradeFastpayRefundQueryRequest
from alipay.aop.api.request.AlipayTradePagePayRequest import AlipayTradePagePayRequest
from alipay.aop.api.request.AlipayTradeQueryRequest import AlipayTradeQueryRequest
from alipay.aop.api.request.AlipayTradeRefundRequest import AlipayTradeRefundRequest
from alipay.aop.api.util.SignatureUtils import get_sign_content, verify_with_rsa

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

_TIMEOUT_S = 20.0
_ANSWER = re.compile(r'\{"\w+_response":(\{.*\})(?:,"alipay_cert_sn":"\w*")?,"sign":"([^"]+)"\}', re.DOTALL)
_OK, _UNKNOWN = "10000", "ACQ.TRADE_NOT_EXIST"  # nobody has opened the page yet
_STATES: dict[str, PaymentState] = {
    "WAIT_BUYER_PAY": "pending", "TRADE_SUCCESS": "paid", "TRADE_FINISHED": "paid", "TRADE_CLOSED": "closed"
}  # fmt: skip


@dataclass(frozen=True)
class AlipayKeys:
    """private_key: our application's, PKCS#1; public_key: Alipay's. gateway None: Alipay's own."""

    app_id: str
    private_key: str
    public_key: str
    gateway: str | None = None


class AlipayProvider:
    """`Provider` by the official SDK. Our order's id is its `out_trade_no`; the organisation rides along."""

    name: ClassVar[ProviderName] = "alipay"
    currencies: ClassVar[tuple[str, ...]] = ("cny",)
    taken: ClassVar[Answer] = Answer(200, "success")

    def __init__(self, keys: AlipayKeys) -> None:
        self._keys = keys
        config = AlipayClientConfig()
        config.app_id = keys.app_id
        config.app_private_key = keys.private_key
        config.alipay_public_key = keys.public_key
        if keys.gateway is not None:
            config.server_url = keys.gateway
        self._client = DefaultAlipayClient(config)

    def begin(self, purchase: Purchase) -> Checkout:
        """A signed link to Alipay's page; nothing is sent until the payer opens it."""
        request = AlipayTradePagePayRequest()
        request.notify_url, request.return_url = purchase.notice_url, purchase.back_url
        request.biz_content = {
            "out_trade_no": purchase.order_id,
            "product_code": "FAST_INSTANT_TRADE_PAY",
            "total_amount": _yuan(purchase.amount),
            "subject": purchase.what,
            "passback_params": purchase.org_id,
        }
        return Checkout(purchase.order_id, str(self._client.page_execute(request, http_method="GET")))

    def look_up(self, *, order_id: str, reference: str, refund_ids: Sequence[str] = ()) -> Payment:
        """By the trade's query, and one for each refund, for a trade tells no sum of them."""
        found = self._ask(AlipayTradeQueryRequest(), {"out_trade_no": order_id})
        if found.get("sub_code") == _UNKNOWN:
            return Payment("pending")
        state = _STATES[self._checked(found)["trade_status"]]
        amount = _fen(found.get("total_amount", "0"))
        refunded = sum(self._refund_of(order_id, refund_id) for refund_id in refund_ids)
        if state == "closed" and found.get("send_pay_date"):  # it was paid, and all of it went back
            state, refunded = "paid", amount
        return Payment(state, amount=amount, currency="cny", refunded=refunded)

    def give_back(self, *, order_id: str, reference: str, total: int, amount: int, refund_id: str) -> None:
        """`out_request_no` is what makes asking again harmless."""
        words = {"out_trade_no": order_id, "refund_amount": _yuan(amount), "out_request_no": refund_id}
        self._checked(self._ask(AlipayTradeRefundRequest(), words))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """A form whose fields are signed, all but `sign` and `sign_type`."""
        words = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        sign = words.pop("sign", "")
        words.pop("sign_type", None)
        signed = get_sign_content({name: value for name, value in words.items() if value})
        try:
            verify_with_rsa(self._keys.public_key, signed.encode(), sign)
        except Exception as error:  # of several libraries, whatever bytes came
            raise NoticeRefused("the signature is not by the key in DRAMATIS_ALIPAY_PUBLIC_KEY") from error
        if words.get("app_id") != self._keys.app_id:
            raise NoticeRefused(f"the notice is for application {words.get('app_id')}, not for this one")
        order_id, org_id = words.get("out_trade_no"), words.get("passback_params")
        return Notice(org_id, order_id=order_id) if order_id and org_id else None

    def _refund_of(self, order_id: str, refund_id: str) -> int:
        words = {"out_trade_no": order_id, "out_request_no": refund_id}
        found = self._checked(self._ask(AlipayTradeFastpayRefundQueryRequest(), words))
        return _fen(found.get("refund_amount", "0")) if found.get("refund_status") == "REFUND_SUCCESS" else 0

    def _ask(self, request: Any, words: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 (the SDK's own)
        """Signed by the SDK, sent by httpx: the SDK's own transport knows no port and no proxy."""
        request.biz_content = words
        try:
            reply = httpx.get(str(self._client.page_execute(request, http_method="GET")), timeout=_TIMEOUT_S)
            reply.raise_for_status()
        except httpx.HTTPError as error:
            raise ProviderUnavailable(f"Alipay: {error}") from error
        return self._verified(reply.text)

    def _verified(self, text: str) -> dict[str, Any]:
        """What Alipay says, as it was signed: the very characters of the answer's object."""
        found = _ANSWER.fullmatch(text.strip())
        try:
            if found is None:
                raise ValueError(text[:200])
            verify_with_rsa(self._keys.public_key, found[1].encode(), found[2])
        except Exception as error:  # of several libraries, whatever bytes came
            raise ProviderUnavailable("Alipay: the answer is not signed by Alipay's key") from error
        answer: dict[str, Any] = json.loads(found[1])
        return answer

    @staticmethod
    def _checked(answer: dict[str, Any]) -> dict[str, Any]:
        if answer.get("code") != _OK:
            raise ProviderUnavailable(
                f"Alipay: {answer.get('sub_msg') or answer.get('msg')} ({answer.get('sub_code')})"
            )
        return answer


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def _fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)
