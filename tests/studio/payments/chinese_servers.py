"""As much of Alipay and WeChat Pay as the product asks of them: it verifies requests' signatures and signs answers."""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.studio.payments.local_server import Asked, Replied

Thing = dict[str, Any]
JSON = {"Content-Type": "application/json"}


class Keys:
    """An RSA pair, as PEM and as the bare base64 that Alipay's settings hold."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(65537, 2048)
        self.private_pem = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.private_pkcs1 = _bare(
            self.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
            )
        )
        self.public_pem = (
            self.private.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )
        self.public_bare = _bare(self.public_pem.encode())

    def sign(self, words: str) -> str:
        signature = self.private.sign(words.encode(), padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signature).decode()

    def verifies(self, words: str, signature: str) -> bool:
        try:
            self.private.public_key().verify(
                base64.b64decode(signature), words.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return False
        return True


@dataclass
class AlipayServer:
    """Trades by `out_trade_no`. ours: the application's keys; its: Alipay's."""

    app_id: str = "2021000000000000"
    ours: Keys = field(default_factory=Keys)
    its: Keys = field(default_factory=Keys)
    trades: dict[str, Thing] = field(default_factory=dict)
    refunds: dict[str, Thing] = field(default_factory=dict)
    forged: bool = False

    def answer(self, asked: Asked) -> Replied:
        words = dict(parse_qsl(asked.query) + parse_qsl(asked.body.decode()))
        if not self._is_signed(words):
            return self._reply("error_response", {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.sign"})
        name = words["method"].replace(".", "_") + "_response"
        return self._reply(name, self._route(words["method"], json.loads(words["biz_content"])))

    def pay(self, url: str) -> str:
        """The payer opens the signed link and pays; returns the order's id."""
        words = dict(parse_qsl(urlsplit(url).query))
        assert self._is_signed(words), "Alipay shows an error page otherwise"
        asked = json.loads(words["biz_content"])
        trade = asked | {"trade_status": "TRADE_SUCCESS", "send_pay_date": "2026-11-29 08:00:00"}
        self.trades[asked["out_trade_no"]] = trade | {"notify_url": words["notify_url"]}
        return str(asked["out_trade_no"])

    def notice(self, order_id: str, keys: Keys | None = None) -> bytes:
        """The form that Alipay posts, signed."""
        trade = self.trades[order_id]
        words = {
            "app_id": self.app_id, "out_trade_no": order_id, "trade_status": trade["trade_status"],
            "total_amount": trade["total_amount"], "passback_params": trade["passback_params"], "subject": "信用点",
        }  # fmt: skip
        signed = (keys or self.its).sign("&".join(f"{name}={words[name]}" for name in sorted(words)))
        return urlencode(words | {"sign": signed, "sign_type": "RSA2"}).encode()

    def _is_signed(self, words: dict[str, str]) -> bool:
        rest = {name: value for name, value in words.items() if name != "sign" and value}
        return self.ours.verifies("&".join(f"{name}={rest[name]}" for name in sorted(rest)), words.get("sign", ""))

    def _route(self, method: str, words: Thing) -> Thing:
        trade = self.trades.get(words["out_trade_no"])
        if trade is None:
            return {
                "code": "40004",
                "msg": "Business Failed",
                "sub_code": "ACQ.TRADE_NOT_EXIST",
                "sub_msg": "交易不存在",
            }
        good = {"code": "10000", "msg": "Success"}
        match method:
            case "alipay.trade.query":
                return good | {name: trade[name] for name in ("trade_status", "total_amount", "send_pay_date")}
            case "alipay.trade.refund":
                self.refunds.setdefault(words["out_request_no"], words)
                return good | {"fund_change": "Y"}
            case _:
                found = self.refunds.get(words["out_request_no"])
                told = {"refund_status": "REFUND_SUCCESS", "refund_amount": found["refund_amount"]} if found else {}
                return good | told

    def _reply(self, name: str, content: Thing) -> Replied:
        words = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        signed = (Keys() if self.forged else self.its).sign(words)
        return Replied(200, f'{{"{name}":{words},"sign":"{signed}"}}'.encode(), JSON)


@dataclass
class WeChatServer:
    """Transactions by `out_trade_no`. ours: the merchant's keys; its: WeChat Pay's."""

    app_id: str = "wx0000000000000000"
    merchant_id: str = "1900000001"
    serial: str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"
    api_v3_key: str = "0123456789abcdef0123456789abcdef"
    public_key_id: str = "PUB_KEY_ID_0119000000012024"
    ours: Keys = field(default_factory=Keys)
    its: Keys = field(default_factory=Keys)
    trades: dict[str, Thing] = field(default_factory=dict)
    refunds: dict[str, Thing] = field(default_factory=dict)
    forged: bool = False

    def answer(self, asked: Asked) -> Replied:
        if not self._is_signed(asked):
            return Replied(401, json.dumps({"code": "SIGN_ERROR", "message": "签名错误"}).encode(), JSON)
        status, content = self._route(asked)
        body = json.dumps(content)
        return Replied(status, body.encode(), JSON | self._signature(body))

    def pay(self, order_id: str) -> None:
        """The payer scans the code and pays."""
        self.trades[order_id]["trade_state"] = "SUCCESS"

    def notice(self, order_id: str, keys: Keys | None = None) -> tuple[dict[str, str], bytes]:
        """Headers and body of what WeChat Pay posts: encrypted for the merchant, signed."""
        trade, nonce = self.trades[order_id], secrets.token_hex(6)
        said = json.dumps({"out_trade_no": order_id, "attach": trade["attach"], "trade_state": trade["trade_state"]})
        sealed = AESGCM(self.api_v3_key.encode()).encrypt(nonce.encode(), said.encode(), b"transaction")
        body = json.dumps(
            {
                "id": "n1", "event_type": "TRANSACTION.SUCCESS", "resource_type": "encrypt-resource",
                "resource": {
                    "algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "transaction",
                    "ciphertext": base64.b64encode(sealed).decode(),
                },
            }
        )  # fmt: skip
        return self._signature(body, keys), body.encode()

    def _is_signed(self, asked: Asked) -> bool:
        said = dict(re.findall(r'(\w+)="([^"]*)"', asked.headers.get("authorization", "")))
        if said.get("mchid") != self.merchant_id or said.get("serial_no") != self.serial:
            return False
        words = f"{asked.method}\n{asked.target}\n{said['timestamp']}\n{said['nonce_str']}\n{asked.body.decode()}\n"
        return self.ours.verifies(words, said["signature"])

    def _route(self, asked: Asked) -> tuple[int, Thing]:
        if asked.path == "/v3/pay/transactions/native":
            words = json.loads(asked.body)
            self.trades.setdefault(words["out_trade_no"], words | {"trade_state": "NOTPAY"})
            return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={words['out_trade_no'][-8:]}"}
        if asked.path == "/v3/refund/domestic/refunds":
            words = json.loads(asked.body)
            self.trades[words["out_trade_no"]]["trade_state"] = "REFUND"
            return 200, self.refunds.setdefault(words["out_refund_no"], words | {"status": "SUCCESS"})
        if asked.path.startswith("/v3/refund/domestic/refunds/"):
            return 200, self.refunds[asked.path.rpartition("/")[2]]
        assert parse_qs(asked.query)["mchid"] == [self.merchant_id]
        return 200, self.trades[asked.path.rpartition("/")[2]]

    def _signature(self, body: str, keys: Keys | None = None) -> dict[str, str]:
        stamp, nonce = str(int(time.time())), secrets.token_hex(8)
        signer = keys or (Keys() if self.forged else self.its)
        return {
            "Wechatpay-Signature": signer.sign(f"{stamp}\n{nonce}\n{body}\n"),
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self.public_key_id,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }


def _bare(pem: bytes) -> str:
    return "".join(line for line in pem.decode().splitlines() if not line.startswith("-----"))
