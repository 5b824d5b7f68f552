"""What an operator sets to take payments. No key has a default: without any, credits are granted by hand."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings


class SoldPlan(BaseModel):
    """A plan that is sold by the month. price: Stripe's id of its recurring price; credits: that come with a month."""

    price: str = Field(pattern=r"^price_\w+$")
    credits: int = Field(default=0, ge=0, le=1_000_000_000)


class PaymentSettings(BaseSettings):
    """Of Stripe, Alipay and WeChat Pay (docs/payments.md). Keys are best given as files: DRAMATIS_SECRETS_DIR."""

    stripe_secret_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    """whsec_…: of the endpoint /v1/payments/notices/stripe, as Stripe's dashboard shows it."""
    stripe_plans: dict[str, SoldPlan] = Field(default={})
    """JSON: {"studio": {"price": "price_…", "credits": 2000}}."""
    stripe_taxes: bool = False
    """Whether Stripe Tax is asked for tax, and payers for their tax number."""
    stripe_api_url: HttpUrl | None = None
    """Another address of Stripe's API, such as a proxy's."""

    alipay_app_id: str | None = None
    alipay_private_key: SecretStr | None = None
    alipay_public_key: SecretStr | None = None
    """Alipay's, not the application's: it signs answers and notices."""
    alipay_gateway: HttpUrl | None = None

    wechat_app_id: str | None = None
    wechat_merchant_id: str | None = None
    wechat_private_key: SecretStr | None = None
    wechat_serial: str | None = None
    """Of the merchant's certificate."""
    wechat_api_v3_key: SecretStr | None = None
    wechat_public_key: SecretStr | None = None
    """WeChat Pay's: it signs answers and notices."""
    wechat_public_key_id: str | None = None
    wechat_gateway: HttpUrl | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for names in (
            ("stripe_secret_key", "stripe_webhook_secret"),
            ("alipay_app_id", "alipay_private_key", "alipay_public_key"),
            (
                "wechat_app_id", "wechat_merchant_id", "wechat_private_key", "wechat_serial", "wechat_api_v3_key",
                "wechat_public_key", "wechat_public_key_id",
            ),
        ):  # fmt: skip
            missing = [f"DRAMATIS_{name.upper()}" for name in names if getattr(self, name) is None]
            if missing and len(missing) < len(names):
                raise ValueError(f"these belong together, and are missing: {', '.join(missing)}")
        if self.stripe_plans and self.stripe_secret_key is None:
            raise ValueError("DRAMATIS_STRIPE_PLANS needs DRAMATIS_STRIPE_SECRET_KEY")
        return self
