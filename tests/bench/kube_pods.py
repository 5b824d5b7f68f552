"""What `podman kube play` is given of the chart: its own manifests, but for the few things that podman does not know.

- Job and Deployment are played as they are, a StatefulSet as the pod that would be its first (podman has no such kind).
- Probes are taken off: podman would ask them with a `curl` inside, which the images do not have. The bench asks them
  as a kubelet does, from outside at the pod's address, by the same path, port, period and threshold.
- A scratch volume's name begins with its pod's: podman takes volumes of one name for one volume, whosever they are.
- Services, disruption budgets, network policies, ingresses and scalers are not played: they need a cluster.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]
PLAYED = ("Job", "Deployment", "StatefulSet")
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


@dataclass(frozen=True)
class Pod:
    """A pod as podman names it. `container`: of its one container; `rendered`: that container as the chart has it."""

    name: str
    container: str
    rendered: Manifest
    manifest: Manifest

    @property
    def component(self) -> str:
        """api, sweeper, migrate, node-…"""
        return str(self.manifest["metadata"]["labels"]["app.kubernetes.io/component"])


def pods_of(manifests: list[Manifest]) -> dict[str, Pod]:
    """By component, each pod that can be played."""
    pods = [_pod_of(one) for one in manifests if one["kind"] in PLAYED]
    return {pod.component: pod for pod in pods}


def _pod_of(rendered: Manifest) -> Pod:
    (container,) = rendered["spec"]["template"]["spec"]["containers"]
    first = rendered["kind"] == "StatefulSet"
    name = f"{rendered['metadata']['name']}-{'0' if first else 'pod'}"  # podman calls a Deployment's and a Job's so
    return Pod(name, f"{name}-{container['name']}", container, _adapt(rendered, name, first))


def _adapt(rendered: Manifest, name: str, first: bool) -> Manifest:
    manifest = copy.deepcopy(rendered)
    template = manifest["spec"]["template"]
    for container in template["spec"]["containers"]:
        for probe in PROBES:
            container.pop(probe, None)
        for mount in container["volumeMounts"]:
            mount["name"] = f"{name}-{mount['name']}"
    for volume in template["spec"]["volumes"]:
        volume["name"] = f"{name}-{volume['name']}"
    if not first:
        return manifest
    metadata = {"name": name, **template["metadata"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def address_of(probe: Manifest, container: Manifest, host: str) -> str:
    """The URL that a kubelet asks for an httpGet probe of a pod at `host`."""
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    asked = probe["httpGet"]
    return f"http://{host}:{ports[asked['port']]}{asked['path']}"
