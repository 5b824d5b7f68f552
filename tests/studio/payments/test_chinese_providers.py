"""Alipay and WeChat Pay through their libraries' own wire: signed both ways, paid once, refunded once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from storage.unit import Database
from studio.payment_settings import PaymentSettings
from studio.payments.port import ProviderUnavailable
from studio.payments.providers import Payments, open_payments
from studio.payments.refunds import refund
from tests.studio.conftest import Tenant
from tests.studio.payments.chinese_servers import AlipayServer, Keys, WeChatServer
from tests.studio.payments.conftest import CREDITS
from tests.studio.payments.local_server import serving
from tests.studio.payments.test_stripe import available, look


@pytest.fixture(scope="module")
def alipay() -> AlipayServer:
    return AlipayServer()


@pytest.fixture(scope="module")
def wechat() -> WeChatServer:
    return WeChatServer()


@pytest.fixture
def payments(alipay: AlipayServer, wechat: WeChatServer) -> Iterator[Payments]:
    with serving(alipay.answer) as alipay_url, serving(wechat.answer) as wechat_url:
        yield open_payments(
            PaymentSettings(
                alipay_app_id=alipay.app_id,
                alipay_private_key=alipay.ours.private_pkcs1,
                alipay_public_key=alipay.its.public_bare,
                alipay_gateway=f"{alipay_url}/gateway.do",
                wechat_app_id=wechat.app_id,
                wechat_merchant_id=wechat.merchant_id,
                wechat_private_key=wechat.ours.private_pem,
                wechat_serial=wechat.serial,
                wechat_api_v3_key=wechat.api_v3_key,
                wechat_public_key=wechat.its.public_pem,
                wechat_public_key_id=wechat.public_key_id,
                wechat_gateway=wechat_url,
            )
        )


async def order(shop: Tenant, provider: str) -> dict[str, str]:
    asked = {"provider": provider, "credits": 100, "currency": "cny"}
    reply = await shop.http.post("/v1/payments/orders", json=asked)
    assert reply.status_code == 201, reply.text
    made: dict[str, str] = reply.json()
    return made


async def test_alipay_pays_once_and_refunds_once(
    shop: Tenant, database: Database, alipay: AlipayServer, payments: Payments
) -> None:
    made = await order(shop, "alipay")
    checked = await shop.http.post(f"/v1/payments/orders/{made['id']}/check")
    assert checked.status_code == 200, checked.text
    assert checked.json()["state"] == "pending", "nobody has opened the page yet"
    assert alipay.pay(made["url"]) == made["id"]
    assert alipay.trades[made["id"]]["total_amount"] == "70.00"
    for _ in range(2):
        told = await shop.http.post("/v1/payments/notices/alipay", content=alipay.notice(made["id"]))
        assert (told.status_code, told.text) == (200, "success")
    assert await available(database, shop.org_id) == 100 * CREDITS
    await refund(database, payments.providers, org_id=shop.org_id, order_id=made["id"], amount=3500, reason="half")
    await refund(database, payments.providers, org_id=shop.org_id, order_id=made["id"], amount=None, reason="the rest")
    sent = [each["refund_amount"] for each in alipay.refunds.values() if each["out_trade_no"] == made["id"]]
    assert sent == ["35.00", "35.00"]
    assert await available(database, shop.org_id) == 0
    assert (await look(shop, made["id"]))["refunded"] == 7000


async def test_wechat_pays_once_and_refunds_once(
    shop: Tenant, database: Database, wechat: WeChatServer, payments: Payments
) -> None:
    made = await order(shop, "wechat")
    assert made["url"].startswith("weixin://")
    assert made["is_code"]
    code = await shop.http.get(f"/v1/payments/orders/{made['id']}/code.svg")
    assert code.headers["content-type"] == "image/svg+xml"
    assert code.text.startswith("<svg")
    wechat.pay(made["id"])
    headers, body = wechat.notice(made["id"])
    for _ in range(2):
        told = await shop.http.post("/v1/payments/notices/wechat", content=body, headers=headers)
        assert told.status_code == 204, told.text
    assert await available(database, shop.org_id) == 100 * CREDITS
    await refund(database, payments.providers, org_id=shop.org_id, order_id=made["id"], amount=1400, reason="a part")
    assert await available(database, shop.org_id) == 80 * CREDITS
    assert (await look(shop, made["id"]))["refunded"] == 1400


async def test_notices_that_somebody_else_signed_are_refused(
    shop: Tenant, database: Database, alipay: AlipayServer, wechat: WeChatServer
) -> None:
    one, other, stranger = await order(shop, "alipay"), await order(shop, "wechat"), Keys()
    alipay.pay(one["url"])
    wechat.pay(other["id"])
    headers, body = wechat.notice(other["id"], stranger)
    forged = (
        ("alipay", alipay.notice(one["id"], stranger), {}),
        ("alipay", alipay.notice(one["id"]).replace(b"70.00", b"0.01"), {}),
        ("alipay", b"", {}),
        ("wechat", body, headers),
        ("wechat", b"{}", {}),
    )
    for provider, content, sent in forged:
        reply = await shop.http.post(f"/v1/payments/notices/{provider}", content=content, headers=sent)
        assert (reply.status_code, reply.json()["code"]) == (403, "notice_refused"), provider
    assert await available(database, shop.org_id) == 0


async def test_answers_that_somebody_else_signed_are_believed_by_nobody(
    app: FastAPI, shop: Tenant, database: Database, alipay: AlipayServer, wechat: WeChatServer
) -> None:
    made = {"alipay": await order(shop, "alipay"), "wechat": await order(shop, "wechat")}
    alipay.pay(made["alipay"]["url"])
    wechat.pay(made["wechat"]["id"])
    alipay.forged = wechat.forged = True
    try:
        for each in made.values():
            reply = await shop.http.post(f"/v1/payments/orders/{each['id']}/check")
            assert (reply.status_code, reply.json()["code"]) == (502, ProviderUnavailable.code), reply.text
    finally:
        alipay.forged = wechat.forged = False
    assert await available(database, shop.org_id) == 0


async def test_an_installation_may_have_keys_by_halves_of_nobody() -> None:
    with pytest.raises(ValueError, match="DRAMATIS_ALIPAY_PUBLIC_KEY"):
        PaymentSettings(alipay_app_id="1", alipay_private_key="2")
    sold = {"gold": {"price": "price_1", "credits": 1}}
    settings = PaymentSettings(stripe_secret_key="a", stripe_webhook_secret="b", stripe_plans=sold)
    with pytest.raises(ValueError, match="plans are local, starter"):
        open_payments(settings)
