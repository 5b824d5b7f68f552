"""Which payment providers this installation has, by its settings. Their libraries are imported where one is set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import HttpUrl, SecretStr

from studio.http.errors import InvalidRequest
from studio.organisations.plans import PLANS
from studio.payment_settings import PaymentSettings
from studio.payments.port import PaymentsOff, Provider, ProviderName

if TYPE_CHECKING:
    from studio.payments.stripe_provider import StripeProvider


@dataclass(frozen=True)
class Payments:
    """The providers by name, and micro-credits that come with a month of each plan that is sold."""

    providers: dict[ProviderName, Provider] = field(default_factory=dict)
    stripe: StripeProvider | None = None
    credits_of: dict[str, int] = field(default_factory=dict)

    def get(self, name: ProviderName) -> Provider:
        """Raises PaymentsOff, InvalidRequest."""
        if not self.providers:
            raise PaymentsOff("payments are off here: whoever runs this server grants credits by hand")
        found = self.providers.get(name)
        if found is None:
            raise InvalidRequest(f"{name} is not set up here; these are: {', '.join(self.providers)}", field="provider")
        return found

    def need_stripe(self) -> StripeProvider:
        """For what Stripe alone does. Raises PaymentsOff."""
        if self.stripe is None:
            raise PaymentsOff("plans, saved cards and automatic top-ups need Stripe, which is not set up here")
        return self.stripe


class LibraryMissing(RuntimeError):
    """A provider has keys and no library; the message says how to install it."""


def open_payments(settings: PaymentSettings) -> Payments:
    """Nobody is asked anything yet. Raises ValueError for a plan that is sold and that there is not, LibraryMissing."""
    try:
        return _open(settings)
    except ModuleNotFoundError as missing:
        words = "pip install 'dramatis[payments]' for Stripe and WeChat Pay, 'dramatis[alipay]' for Alipay"
        raise LibraryMissing(f"payments are set up, and {missing.name} is not installed: {words}") from missing


def _open(settings: PaymentSettings) -> Payments:
    unknown = sorted(set(settings.stripe_plans) - set(PLANS))
    if unknown:
        raise ValueError(f"DRAMATIS_STRIPE_PLANS names {', '.join(unknown)}; plans are {', '.join(PLANS)}")
    providers: dict[ProviderName, Provider] = {}
    stripe = None
    if settings.stripe_secret_key is not None:
        from studio.payments.stripe_provider import StripeKeys, StripeProvider

        stripe = providers["stripe"] = StripeProvider(
            StripeKeys(
                secret_key=_secret(settings.stripe_secret_key),
                signing_secret=_secret(settings.stripe_webhook_secret),
                prices={plan: sold.price for plan, sold in settings.stripe_plans.items()},
                taxes=settings.stripe_taxes,
                api_url=_address(settings.stripe_api_url),
            )
        )
    if settings.alipay_app_id is not None:
        from studio.payments.alipay_provider import AlipayKeys, AlipayProvider

        providers["alipay"] = AlipayProvider(
            AlipayKeys(
                app_id=settings.alipay_app_id,
                private_key=_secret(settings.alipay_private_key),
                public_key=_secret(settings.alipay_public_key),
                gateway=_address(settings.alipay_gateway),
            )
        )
    if settings.wechat_app_id is not None:
        from studio.payments.wechat_provider import WeChatKeys, WeChatProvider

        providers["wechat"] = WeChatProvider(
            WeChatKeys(
                app_id=settings.wechat_app_id,
                merchant_id=str(settings.wechat_merchant_id),
                private_key=_secret(settings.wechat_private_key),
                serial=str(settings.wechat_serial),
                api_v3_key=_secret(settings.wechat_api_v3_key),
                public_key=_secret(settings.wechat_public_key),
                public_key_id=str(settings.wechat_public_key_id),
                gateway=_address(settings.wechat_gateway),
            )
        )
    sold = {plan: each.credits * 1_000_000 for plan, each in settings.stripe_plans.items()}
    return Payments(providers, stripe, sold)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value is not None else ""


def _address(url: HttpUrl | None) -> str | None:
    return str(url).rstrip("/") if url is not None else None
