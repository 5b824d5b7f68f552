"""The chart's own pods, played by podman on this host's PostgreSQL and S3: a take through them, and down again.

Wants podman 5 or newer (DRAMATIS_PODMAN), run as root, and the images that `scripts/images` makes; kube_pods.py says
what podman is given of the chart, docs/kubernetes.md what it cannot show. What is started is removed.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import yaml

from frontend.api_client import StudioClient
from storage.seaweed import SeaweedServer
from tests.bench.first_take import render_once, second_of_previs
from tests.bench.kube_pods import Manifest, Pod, address_of, pods_of
from tests.bench.outcome import Outcome, Report
from tests.bench.podman import Podman, find_podman
from tests.bench.relay import FROM, relayed
from tests.postgres import APP_ROLE, OWNER_ROLE, SUPERUSER, PostgresCluster, running_cluster

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "dramatis"
VALUES = ROOT / "tests" / "deploy" / "values" / "one_machine.yaml"
PUBLIC_URL = yaml.safe_load(VALUES.read_text())["publicUrl"]
RELEASE = "kube-play"
DATABASE = "studio"
# Run inside: what the kernel says of the first process, and where it may write.
LOOK = """
import json, os
told = dict(line.split(':', 1) for line in open('/proc/1/status'))
held = ('Uid', 'Gid', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp')
root = bool(os.statvfs('/').f_flag & os.ST_RDONLY)
scratch = all(os.access(folder, os.W_OK) for folder in ('/tmp', '/var/lib/dramatis'))
print(json.dumps({**{name: told[name].split() for name in held}, 'root_is_read_only': root, 'scratch': scratch}))
"""


@dataclass(frozen=True)
class Ground:
    """What pods are played on: a network whose gateway leads to the database and the store of this host."""

    podman: Podman
    folder: Path
    pods: dict[str, Pod]
    addresses: dict[str, str] = field(default_factory=dict)

    def play(self, component: str) -> Pod:
        pod = self.pods[component]
        file = self.folder / f"{component}.yaml"
        file.write_text(yaml.safe_dump(pod.manifest))
        self.podman.play(file, RELEASE)
        return pod

    def address(self, pod: Pod) -> str:
        """Its own, in the network."""
        if pod.name not in self.addresses:
            (told,) = json.loads(self.podman.run("pod", "inspect", pod.name))
            networks = self.podman.inspect(told["InfraContainerID"])["NetworkSettings"]["Networks"]
            self.addresses[pod.name] = str(networks[RELEASE]["IPAddress"])
        return self.addresses[pod.name]


def run(report: Report) -> Outcome:
    outcome = Outcome()
    with ground(report, outcome) as played:
        _migrate(played, outcome, report)
        began = time.monotonic()
        serving = [played.play(component) for component in played.pods if component != "migrate"]
        for pod in serving:
            _await_probes(played, pod, began, outcome, report)
        _look_inside(played, serving, outcome)
        _take(played, outcome, report)
        outcome.check("node_calls_itself", _node_name(played), "==", played.pods["node-previs"].name)
        outcome.check("live_afterwards", sum(_is_live(played, pod) for pod in serving), "==", len(serving))
        _take_down(played, serving, outcome, report)
    return outcome


@contextmanager
def ground(report: Report, outcome: Outcome) -> Iterator[Ground]:
    """A network, a database and a store, and the chart rendered for them; nothing of it is left."""
    podman = find_podman()
    outcome.note("podman", podman.version)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dramatis-kube-")))
        podman.run("network", "create", "--disable-dns", RELEASE)
        stack.callback(podman.run, "network", "rm", "--force", RELEASE)
        gateway = json.loads(podman.run("network", "inspect", RELEASE))[0]["subnets"][0]["gateway"]
        report("starting PostgreSQL and S3")
        cluster = stack.enter_context(running_cluster())
        runner = stack.enter_context(asyncio.Runner())
        store = runner.run(SeaweedServer.start(folder / "objects", origins=[PUBLIC_URL]))
        stack.callback(lambda: runner.run(store.stop()))
        store_port = int(store.address.endpoint.rpartition(":")[2])
        for port in (cluster.port, store_port):
            stack.enter_context(relayed(gateway, port))
        stored = {"access-key": store.address.access_key, "secret-key": store.address.secret_key}
        for name, values in (("dramatis-database", _roles(cluster, gateway)), ("dramatis-store", stored)):
            _make_secret(podman, folder, name, values, stack)
        pods = pods_of(_render(f"http://{gateway}:{store_port}"))
        for pod in pods.values():
            stack.callback(_remove, podman, pod)
        yield Ground(podman, folder, pods)


def _roles(cluster: PostgresCluster, gateway: str) -> dict[str, str]:
    """A database; its two roles have passwords, and are asked for them by whoever comes through the relay."""
    cluster.create(DATABASE)
    words = {role: secrets.token_hex(16) for role in (APP_ROLE, OWNER_ROLE)}
    where = f"host=127.0.0.1 port={cluster.port} user={SUPERUSER} dbname=postgres"
    with psycopg.connect(where, autocommit=True) as connection:
        for role, word in words.items():
            connection.execute(f"ALTER ROLE {role} PASSWORD '{word}'")
        row = connection.execute("SHOW hba_file").fetchone()
        assert row is not None
        with Path(row[0]).open("a") as rules:
            rules.write(f"host all all {FROM}/32 scram-sha-256\n")
        connection.execute("SELECT pg_reload_conf()")
    url = f"postgresql+psycopg://{{}}:{{}}@{gateway}:{cluster.port}/{DATABASE}"
    return {
        "url": url.format(APP_ROLE, words[APP_ROLE]),
        "owner-url": url.format(OWNER_ROLE, words[OWNER_ROLE]),
    }


def _make_secret(podman: Podman, folder: Path, name: str, values: dict[str, str], stack: ExitStack) -> None:
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{RELEASE}-{name}"}, "stringData": values}
    file = folder / f"{name}.yaml"
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(manifest))
    podman.play(file, RELEASE)
    stack.callback(podman.run, "secret", "rm", f"{RELEASE}-{name}")


def _render(endpoint: str) -> list[Manifest]:
    """Every manifest that the real Helm makes of the chart; hooks, which come first in a cluster, included."""
    said = [f"store.endpoint={endpoint}"]
    said += [f"secrets.{key}.name={RELEASE}-dramatis-{key}" for key in ("database", "store")]
    command = [str(ROOT / "scripts" / "helm"), "template", RELEASE, str(CHART), "--values", str(VALUES)]
    command += [word for each in said for word in ("--set", each)]
    rendered = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [one for one in yaml.safe_load_all(rendered) if one]


def _remove(podman: Podman, pod: Pod) -> None:
    podman.run("pod", "rm", "--force", "--ignore", "--time", "10", pod.name)


def _migrate(played: Ground, outcome: Outcome, report: Report) -> None:
    report("the migration's job")
    began = time.monotonic()
    job = played.play("migrate")
    status = int(played.podman.run("wait", job.container))
    outcome.note("migrated_s", round(time.monotonic() - began, 1))
    if status != 0:
        report(played.podman.logs(job.container)[-3000:])
    outcome.check("migration_exit_status", status, "==", 0)


def _await_probes(played: Ground, pod: Pod, began: float, outcome: Outcome, report: Report) -> None:
    """As a kubelet would: until started, within the chart's threshold, and then until ready."""
    report(f"until {pod.component} is ready")
    startup = pod.rendered["startupProbe"]
    until = time.monotonic() + startup["failureThreshold"] * startup["periodSeconds"]
    asked = ["startupProbe", "readinessProbe"]
    while asked and time.monotonic() < until:
        if _answers(played, pod, asked[0]):
            asked.pop(0)
        else:
            time.sleep(0.5)
    outcome.note(f"{pod.component}_ready_s", round(time.monotonic() - began, 1))
    if asked:
        report(played.podman.logs(pod.container)[-3000:])
    outcome.check(f"{pod.component}_unanswered", ", ".join(asked), "==", "")


def _answers(played: Ground, pod: Pod, kind: str) -> bool:
    probe = pod.rendered[kind]
    url = address_of(probe, pod.rendered, played.address(pod))
    with suppress(httpx.HTTPError):
        return httpx.get(url, timeout=probe.get("timeoutSeconds", 1)).is_success
    return False


def _node_name(played: Ground) -> str:
    """As it answers: by its pod's name it knows after a restart what it was doing."""
    node = played.pods["node-previs"]
    return str(
        httpx.get(address_of(node.rendered["livenessProbe"], node.rendered, played.address(node))).json()["node"]
    )


def _is_live(played: Ground, pod: Pod) -> bool:
    return _answers(played, pod, "livenessProbe")


def _look_inside(played: Ground, pods: list[Pod], outcome: Outcome) -> None:
    """The kernel's own words about each pod, and the limit that podman was given."""
    nothing = [f"{0:016x}"]
    wanted = dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), nothing) | {
        "Uid": ["10001"] * 4, "Gid": ["10001"] * 4, "NoNewPrivs": ["1"], "Seccomp": ["2"], "root_is_read_only": True,
        "scratch": True,
    }  # fmt: skip
    for pod in pods:
        told = json.loads(played.podman.run("exec", pod.container, "python", "-c", LOOK))
        astray = {name: value for name, value in told.items() if value != wanted[name]}
        outcome.check(f"{pod.component}_not_shut_in", astray, "==", {})
        outcome.check(f"{pod.component}_memory_limited", _limit(played, pod) > 0, "==", True)


def _limit(played: Ground, pod: Pod) -> int:
    return int(played.podman.inspect(pod.container)["HostConfig"]["Memory"])


def _take(played: Ground, outcome: Outcome, report: Report) -> None:
    api = played.pods["api"]
    key = played.podman.run("exec", api.container, "dramatis", "keys", "create", "--name", "bench").split()[-1]
    url = address_of(api.rendered["readinessProbe"], api.rendered, played.address(api)).removesuffix("/readyz")
    with StudioClient(url, key) as studio:
        began = time.monotonic()
        body = second_of_previs(studio)
        outcome.note("cast_enrolled_s", round(time.monotonic() - began, 1))
        render_once(studio, body, outcome, report)
        _kill_the_node(played, studio, body | {"seconds": 4.0, "seed": 2}, outcome, report)


def _kill_the_node(
    played: Ground, studio: StudioClient, body: dict[str, object], outcome: Outcome, report: Report
) -> None:
    """Signal 9 in the middle of a take: its pod starts it again, as it says, and what it was doing is its own."""
    report("a take while its node is killed")
    node = played.pods["node-previs"].container
    take = str(studio.submit(body)["id"])
    while studio.take(take)["state"] == "QUEUED":
        time.sleep(0.05)
    os.kill(int(played.podman.inspect(node)["State"]["Pid"]), signal.SIGKILL)
    began = time.monotonic()
    for _ in studio.follow(take):
        pass
    outcome.note("rendered_after_kill_s", round(time.monotonic() - began, 1))
    outcome.check("take_of_killed_node", str(studio.take(take)["state"]), "==", "SUCCEEDED")
    outcome.check("node_restarts", int(played.podman.inspect(node)["RestartCount"]), "==", 1)


def _take_down(played: Ground, pods: list[Pod], outcome: Outcome, report: Report) -> None:
    """By SIGTERM, within the chart's grace; then nothing of the release is left.

    The container first, as a kubelet does: `podman pod stop` ends what holds the pod's network beside it.
    """
    report("taking it down")
    for pod in pods:
        began = time.monotonic()
        played.podman.run("stop", pod.container)
        outcome.note(f"{pod.component}_ended_s", round(time.monotonic() - began, 1))
        outcome.check(
            f"{pod.component}_exit_status", played.podman.inspect(pod.container)["State"]["ExitCode"], "==", 0
        )
    for pod in played.pods.values():
        _remove(played.podman, pod)
    left = played.podman.run("pod", "ps", "--filter", f"name={RELEASE}", "--quiet").split()
    outcome.check("pods_left", len(left), "==", 0)
