"""8-bit weights for an exported encoder.

Matrices: whole numbers throughout. Weights have one scale an output, in seven bits, so that no sum of products overflows on a processor
without VNNI and every processor comes to the same; activations have one scale a text, found as it is read. Before, the inputs of a
matrix are evened out: each is divided by what a sample of texts shows its size to be, to the power of EVENING, and the weights
multiplied by it, which changes nothing but how much is lost (SmoothQuant: Xiao and others 2023, https://arxiv.org/abs/2211.10438).
Embeddings: one scale a table.

Why not MatMulNBits of ONNX Runtime, 8 bits in blocks of 128, which was here before: nearer to float32 (vectors of 64 passages of the
cards, all-MiniLM-L6-v2: mean cosine 0.9986 against 0.9951, without evening out 0.989), but without VNNI slower than float32: 59 ms for 200
tokens against 41 and 28. Neither the reader's figures on dev nor the search's changed by more than 0.004 (models/reader/README.md).
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

EVENING = 0.75
Ids = NDArray[np.int64]
Floats = NDArray[np.float32]


def quantise(full: Path, out: Path, sample: Sequence[Ids]) -> None:
    """Write the float32 ONNX file `full` as 8-bit ONNX to `out`; `sample` is (T,) token ids of some dozens of texts like those that
    it is to read."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        ready, evened = Path(folder) / "ready.onnx", Path(folder) / "evened.onnx"
        quant_pre_process(str(full), str(ready), skip_symbolic_shape=True)
        model = onnx.load(ready)
        _even_out(model, sample)
        onnx.save(model, evened)
        kinds = ["MatMul", "Gather"]
        quantize_dynamic(
            evened, out, op_types_to_quantize=kinds, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )


def factors(inputs: Floats, weights: Floats) -> Floats:
    """(K,) greatest sizes of a matrix's inputs and of the weights that each meets -> by what to divide each input; their geometric mean
    is 1."""
    logs = EVENING * np.log(np.maximum(inputs, 1e-5)) - (1 - EVENING) * np.log(np.maximum(weights, 1e-5))
    out: Floats = np.exp(logs - logs.mean()).astype(np.float32)
    return out


def _even_out(model: Any, sample: Sequence[Ids]) -> None:
    """In place. Matrices that read the same input share its factors."""
    from onnx import helper, numpy_helper

    graph = model.graph
    constants = {c.name: c for c in graph.initializer}
    readers: dict[str, list[Any]] = {}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in constants and len(constants[node.input[1]].dims) == 2:
            readers.setdefault(node.input[0], []).append(node)
    sizes = _sizes(model, list(readers), sample)
    for name, nodes in readers.items():
        weights = [numpy_helper.to_array(constants[node.input[1]]) for node in nodes]
        by = factors(sizes[name], np.max([np.abs(w).max(axis=1) for w in weights], axis=0))
        graph.initializer.append(numpy_helper.from_array(1 / by, f"{name}_even"))
        first = min(list(graph.node).index(node) for node in nodes)
        graph.node.insert(first, helper.make_node("Mul", [name, f"{name}_even"], [f"{name}_evened"], name=f"{name}_even_out"))
        for node, w in zip(nodes, weights, strict=True):
            constants[node.input[1]].CopyFrom(numpy_helper.from_array(w * by[:, None], node.input[1]))
            node.input[0] = f"{name}_evened"


def _sizes(model: Any, names: Sequence[str], sample: Sequence[Ids]) -> dict[str, Floats]:
    """The greatest size that each input of the matrices takes over the sample, (K,) for each name."""
    import onnxruntime as ort
    from onnx import ModelProto, helper

    probe = ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    session = ort.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    most: dict[str, Floats] = {}
    for ids in sample:
        row = ids[None, :]
        values = session.run(list(names), {"input_ids": row, "attention_mask": np.ones_like(row)})
        for name, value in zip(names, values, strict=True):
            size = np.abs(value).reshape(-1, value.shape[-1]).max(axis=0)
            most[name] = np.maximum(most.get(name, size), size)
    return most
