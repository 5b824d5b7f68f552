"""What each mail says, in English and Chinese; as text, and the same as simple HTML."""

from __future__ import annotations

import html
from email.message import EmailMessage
from email.utils import formatdate

from studio.auth.post import Language, MailKind

# Subject, then paragraphs. A paragraph that is nothing but {link} becomes a link.
_EN: dict[MailKind, tuple[str, ...]] = {
    "invitation": (
        "{organisation} invites you",
        "You are invited to {organisation} on Dramatis, a video studio, as {role}.",
        "{link}",
        "The link works once, for this address, within seven days. If you do not know who invites you, leave it.",
    ),
    "password_reset": (
        "A new password for Dramatis",
        "Somebody, probably you, asked for a new password for {email}. Choose it here:",
        "{link}",
        "The link works once, within an hour. If it was not you, do nothing: your password stays as it is.",
    ),
    "endpoint_disabled": (
        "Webhook endpoint {name} of {organisation} is disabled",
        "Nothing is sent to {url} any more: {reason}.",
        "Mend it, enable it on the account page, and send again what it missed:",
        "{link}",
    ),
    "budget_threshold": (
        "{organisation}: {percent}% of a spending cap",
        "{spent} of {limit} credits are spent or held ({cap}).",
        "At 100% nothing more is begun. Caps are changed on the account page:",
        "{link}",
    ),
    "order_paid": (
        "Receipt: {credits} credits for {organisation}",
        "{money} were paid for {credits} credits (order {order}, {provider}). They are there now.",
        "The receipt:",
        "{link}",
    ),
    "order_refunded": (
        "Refund of {money} to {organisation}",
        "{money} of the order {order} went back to whoever paid. {credits} credits of it are gone with the money.",
        "Your orders:",
        "{link}",
    ),
    "renewal_failed": (
        "The plan {plan} of {organisation} could not be renewed",
        "The last payment failed. It is tried again; the plan holds meanwhile.",
        "See to the card on the account page:",
        "{link}",
    ),
    "top_up_failed": (
        "The automatic top-up of {organisation} stopped",
        "Nothing was bought: {reason}. It is not tried again until you agree to it anew.",
        "See to the card on the account page:",
        "{link}",
    ),
}
_ZH: dict[MailKind, tuple[str, ...]] = {
    "invitation": (
        "{organisation} 邀请您加入",
        "您受邀以{role}的身份加入 Dramatis 视频工作室中的“{organisation}”。",
        "{link}",
        "此链接仅限本邮箱使用一次，七天内有效。若不认识邀请人，请忽略此邮件。",
    ),
    "password_reset": (
        "重设 Dramatis 密码",
        "有人（可能是您本人）请求为 {email} 重设密码。请在此设置新密码：",
        "{link}",
        "此链接只能使用一次，一小时内有效。若非本人操作，请忽略此邮件，密码不会改变。",
    ),
    "endpoint_disabled": (
        "“{organisation}”的 Webhook 端点“{name}”已停用",
        "不再向 {url} 发送任何内容：{reason}。",
        "请修复后在账户页面重新启用，并补发错过的事件：",
        "{link}",
    ),
    "budget_threshold": (
        "“{organisation}”已用支出上限的 {percent}%",
        "{limit} 点中已花费或冻结 {spent} 点（{cap}）。",
        "达到 100% 后不再开始新任务。可在账户页面修改上限：",
        "{link}",
    ),
    "order_paid": (
        "收据：为“{organisation}”购买 {credits} 点",
        "已支付 {money}，购买 {credits} 点（订单 {order}，{provider}）。点数已到账。",
        "收据：",
        "{link}",
    ),
    "order_refunded": (
        "向“{organisation}”退款 {money}",
        "订单 {order} 的 {money} 已退回给付款人，同时扣除 {credits} 点。",
        "您的订单：",
        "{link}",
    ),
    "renewal_failed": (
        "“{organisation}”的套餐 {plan} 续费失败",
        "上一次扣款失败，系统会再次尝试，期间套餐继续有效。",
        "请在账户页面检查银行卡：",
        "{link}",
    ),
    "top_up_failed": (
        "“{organisation}”的自动充值已停止",
        "没有购买点数：{reason}。在您重新同意之前不会再次尝试。",
        "请在账户页面检查银行卡：",
        "{link}",
    ),
}
_TERMS: dict[str, tuple[str, str]] = {
    "owner": ("owner", "所有者"),
    "admin": ("admin", "管理员"),
    "editor": ("editor", "编辑"),
    "viewer": ("viewer", "查看者"),
    "gone": ("it answered that it is gone (410)", "端点应答已不存在（410）"),
    "failing": ("it has failed for five days", "连续失败五天"),
    "day": ("daily", "每日"),
    "month": ("monthly", "每月"),
    "lifetime": ("lifetime", "累计"),
    "stripe": ("Stripe", "Stripe"),
    "alipay": ("Alipay", "支付宝"),
    "wechat": ("WeChat Pay", "微信支付"),
}
KINDS: tuple[MailKind, ...] = tuple(_EN)


def write_mail(
    kind: MailKind, language: Language, values: dict[str, str], *, to: str, sender: str, message_id: str
) -> EmailMessage:
    """The message as it is sent. language `both`: English, then Chinese."""
    languages = (0, 1) if language == "both" else ((0,) if language == "en" else (1,))
    told = [[_fill(each, values, number) for each in (_EN, _ZH)[number][kind]] for number in languages]
    message = EmailMessage()
    message["Subject"] = " · ".join(one[0] for one in told)
    message["From"], message["To"] = sender, to
    message["Date"], message["Message-ID"] = formatdate(usegmt=True), message_id
    message["Auto-Submitted"] = "auto-generated"
    paragraphs = [paragraph for one in told for paragraph in one[1:]]
    message.set_content("\n\n".join(paragraphs) + "\n")
    message.add_alternative(_page(paragraphs, values.get("link")), subtype="html")
    return message


def _fill(words: str, values: dict[str, str], number: int) -> str:
    """Values are told in one line: a name may hold line breaks, and a subject must not."""
    terms = {key: _TERMS.get(value, (value, value))[number] for key, value in values.items()}
    return words.format_map({key: " ".join(value.split()) for key, value in terms.items()})


def _page(paragraphs: list[str], link: str | None) -> str:
    written = [
        f'<p><a href="{html.escape(link)}">{html.escape(link)}</a></p>' if one == link else f"<p>{html.escape(one)}</p>"
        for one in paragraphs
        if link is not None or one
    ]
    return f'<!doctype html><meta charset="utf-8"><body style="font:16px/1.6 sans-serif">{"".join(written)}</body>'
