"""Who tells receivers of webhooks what happened, and sends mail: `serve` itself, and of sweepers the one that leads.

A sweeper has no durable engine of its own until it leads: then it runs one under a name that all sweepers share, and
what the leader before it had taken up goes back into the queue first.
"""

from __future__ import annotations

import contextlib

from storage.unit import Database
from studio.config import Settings, origin_of
from studio.mail.outbox import post_mail
from studio.mail.smtp import smtp_server
from studio.mail.workflow import MailRunner
from studio.nodes.membership import HOUSE, alive_ids
from studio.nodes.takeover import take_over
from studio.queue.executor import Executor
from studio.webhooks.alarms import SILENT, Alarm
from studio.webhooks.attempt import Deliverer
from studio.webhooks.outbox import follow_events
from studio.webhooks.sender import Sender
from studio.webhooks.workflow import DeliveryRunner


async def run_deliveries(
    settings: Settings, database: Database, executor: Executor, stack: contextlib.AsyncExitStack
) -> None:
    """Send webhooks, and mail where there is a server for it, until `stack` is closed. The executor is launched."""
    sender = Sender(loopback=settings.webhooks_to_loopback)
    stack.push_async_callback(sender.close)
    runner = DeliveryRunner(executor, Deliverer(database, sender, _alarm(settings)).try_delivery)
    stack.push_async_callback(runner.close)
    await runner.launch()
    server = smtp_server(settings)
    if server is not None:
        mails = MailRunner(executor, database, server)
        stack.push_async_callback(mails.close)
        await mails.launch()


async def tell_receivers(settings: Settings, database: Database, *, sends: bool) -> None:
    """Never ends: makes deliveries of events and, where nothing else of this process `sends`, sends them."""
    async with contextlib.AsyncExitStack() as stack:
        if sends:
            await take_over(database, alive=set(await alive_ids(database)) - {HOUSE})
            executor = Executor(database, HOUSE, 1)
            stack.push_async_callback(executor.close)
            executor.launch()
            await run_deliveries(settings, database, executor, stack)
        await follow_events(database, _alarm(settings))


def _alarm(settings: Settings) -> Alarm:
    """How people are told, where the settings say by what."""
    if smtp_server(settings) is None or settings.public_url is None:
        return SILENT
    return Alarm(post_mail, origin_of(settings.public_url))
