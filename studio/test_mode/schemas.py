"""Test mode as clients see it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from studio.http.examples import with_examples


class TestModeView(BaseModel):
    """Whether there is a test mode: data of its own, beside what is live."""

    model_config = with_examples({"exists": True})

    exists: bool


class ReplayedRequest(BaseModel):
    """A logged request, asked once more in test mode, and what it was answered."""

    model_config = with_examples(
        {
            "replayed_id": "req_01J9ZK7M2A8M4N6P7R9S0V2W3X",
            "id": "req_01J9ZK8Q5T8M4N6P7R9S0V2W3X",
            "status": 201,
            "body": '{"id": "take_01J9ZK7M2A8M4N6P7R9S0V2W3X", "state": "QUEUED"}',
        }
    )

    replayed_id: str = Field(description="The request that was asked again.")
    id: str = Field(description="The `x-request-id` of the new reply.")
    status: int
    body: str = Field(description="The new reply, up to 16 KiB of it; empty where it is no text.")
