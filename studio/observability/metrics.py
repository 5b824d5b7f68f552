"""What the product measures, by name. What storage counts is in `storage.metrics`; queues and nodes, which belong to
no process, are in `studio.observability.fleet`.

Labels take few values: operations of the API, models, stages, codes. None is an organisation, a person or a take.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUEST_SECONDS = Histogram(
    "dramatis_http_request_duration_seconds",
    "From a request's head to its reply's, by operation of the API",
    ["operation", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REQUESTS_NOT_LOGGED = Counter(
    "dramatis_requests_not_logged_total", "Requests that the log had no room for while it could not be written"
)
EVENT_LISTENERS = Gauge("dramatis_event_listeners", "Open streams of events")

ENGINE_RESTARTS = Counter(
    "dramatis_engine_restarts_total", "Engine processes that ended by themselves, and were started again", ["role"]
)
DEVICES = Gauge("dramatis_devices", "Devices of this process's engines: accelerators, or the CPU as one")
DEVICE_SECONDS = Counter(
    "dramatis_device_seconds_total", "Device-seconds that renders took; renders side by side share them", ["model"]
)
STEPS = Counter("dramatis_steps_total", "Steps that engines have done, by stage of the render", ["model", "stage"])
RENDER_SECONDS = Histogram(
    "dramatis_render_duration_seconds",
    "Wall time of finished renders, inside the engine",
    ["model", "tier"],
    buckets=(1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200),
)
IDENTITY_SCORES = Histogram(
    "dramatis_identity_score",
    "Mean likeness of each character of a finished take, a cosine",
    ["model"],
    buckets=(0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1),
)
IDENTITY_VERDICTS = Counter("dramatis_identity_verdicts_total", "Characters of finished takes", ["model", "verdict"])

WEBHOOK_LAG = Histogram(
    "dramatis_webhook_lag_seconds",
    "From an event to the first time that a receiver is told of it",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
WEBHOOK_ATTEMPTS = Counter(
    "dramatis_webhook_attempts_total", "Tries to tell a receiver; status: 2xx to 5xx, or none", ["status"]
)
