"""What any process may do with durable work: write it into a queue, within the transaction that asks for it.

DBOS owns who runs it, and when it runs again. A workflow's arguments and results are ids and words: no link, no
request, nothing that could go stale in a checkpoint.
"""

from __future__ import annotations

from functools import cache

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.ext.asyncio import AsyncSession

from storage.unit import sync_url
from studio.queue.polling import look_after_commit, look_later

APPLICATION = "dramatis"
# Raise it when a change to a workflow cannot continue what an older one began.
WORKFLOW_VERSION = "1"
TAKES = "takes"
CUTS = "cuts"
RENDER_TAKE = "render_take"
MAKE_CUT = "make_cut"
WEBHOOKS = "webhooks"
DELIVER_WEBHOOK = "deliver_webhook"
MAILS = "mails"
SEND_MAIL = "send_mail"
READ_PROMPT = "read_prompt"
SHARED = "shared"


def queue_of(model: str, pool: str = SHARED) -> str:
    """The queue of a model's takes in a pool of nodes."""
    return f"{TAKES}/{model}/{pool}"


def prompts_of(model: str, pool: str) -> str:
    """The queue of questions about prompts, to nodes that serve the model in this pool."""
    return f"prompts/{model}/{pool}"


def model_of(queue: str) -> str:
    """The model whose takes wait in this queue."""
    return queue.removeprefix(f"{TAKES}/").rpartition("/")[0]


async def enqueue(
    session: AsyncSession,
    *,
    workflow: str,
    workflow_id: str,
    queue: str,
    arguments: tuple[str, ...],
    priority: int = 1,
    delay_s: float = 0,
) -> None:
    """Within the caller's transaction: it commits with what it is about or not at all.

    priority: 1 … 2147483647; the smallest goes first, and among equals the oldest. delay_s: it is not taken up before,
    and may be some seconds later (`polling.look_later`).
    """
    options: EnqueueOptions = {
        "workflow_name": workflow,
        "workflow_id": workflow_id,
        "queue_name": queue,
        "priority": priority,
    }
    if delay_s > 0:
        options["delay_seconds"] = delay_s
    client = _client(session.get_bind().engine.url.render_as_string(hide_password=False))
    if delay_s > 0:
        look_later(session, delay_s)
    else:
        await look_after_commit(session, queue)
    connection = await session.connection()
    await connection.run_sync(lambda sync: client.enqueue_in_transaction(sync, options, *arguments))


def migrate_durable(url: str) -> None:
    """Bring DBOS's own tables up to date, as the role that works with them; synchronous."""
    DBOS.migrate(sync_url(url))


@cache
def _client(url: str) -> DBOSClient:
    """It writes on the caller's connection alone, and never opens one of its own."""
    return DBOSClient(
        system_database_url=sync_url(url),
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,
    )
