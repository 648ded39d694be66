"""8-bit weights: near to float32 where a few inputs are far greater than the rest, the same whatever else is read."""

from pathlib import Path

import numpy as np
import pytest

from coach.training.quantise import EVENING, factors, quantise

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

WIDE = 64


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 50 vectors, one input a hundred times the others, and two matrices that read them."""
    from onnx import TensorProto, helper, numpy_helper

    chance = np.random.default_rng(3)
    rows = chance.normal(size=(50, WIDE)).astype(np.float32)
    great = np.ones(WIDE, np.float32)
    great[5] = 100
    sides = {name: chance.normal(size=(WIDE, WIDE)).astype(np.float32) / WIDE for name in ("a", "b")}
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"], name="gather"),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT, name="cast"),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"], name="unsqueeze"),
        helper.make_node("Mul", ["rows", "column"], ["kept"], name="kept"),
        helper.make_node("Mul", ["kept", "great"], ["seen"], name="seen"),
        *(helper.make_node("MatMul", ["seen", name], [f"of_{name}"], name=f"matmul_{name}") for name in sides),
        helper.make_node("Add", ["of_a", "of_b"], ["states"], name="add"),
    ]
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "T"]) for name in ("input_ids", "attention_mask")]
    gives = [helper.make_tensor_value_info("states", TensorProto.FLOAT, [1, "T", WIDE])]
    kept = [numpy_helper.from_array(array, name) for name, array in {"table": rows, "great": great, **sides}.items()]
    kept.append(numpy_helper.from_array(np.array([2], np.int64), "last"))
    graph = helper.make_graph(nodes, "tiny", given, gives, kept)
    path = tmp_path_factory.mktemp("quantise") / "full.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def states(path: Path, ids: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    row = ids[None, :]
    return session.run(["states"], {"input_ids": row, "attention_mask": np.ones_like(row)})[0][0]


def test_one_great_input_does_not_drown_the_others(full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, sample = np.arange(20), [np.arange(25, 50), np.arange(10)]
    wanted = states(full, ids)
    quantise(full, tmp_path / "evened.onnx", sample)
    monkeypatch.setattr("coach.training.quantise.factors", lambda inputs, weights: np.ones_like(inputs))
    quantise(full, tmp_path / "plain.onnx", sample)
    evened, plain = (float(np.abs(states(tmp_path / f"{n}.onnx", ids) - wanted).mean()) for n in ("evened", "plain"))
    assert evened < plain / 2
    assert evened < 0.02 * float(np.abs(wanted).mean())


def test_the_matrices_are_whole_numbers(full: Path, tmp_path: Path) -> None:
    quantise(full, tmp_path / "small.onnx", [np.arange(50)])
    kinds = {node.op_type for node in onnx.load(tmp_path / "small.onnx").graph.node}
    assert "MatMulInteger" in kinds and "MatMul" not in kinds


def test_factors_are_of_mean_one_and_follow_the_inputs() -> None:
    by = factors(np.array([1.0, 100.0, 0.0], np.float32), np.ones(3, np.float32))
    assert np.prod(by) == pytest.approx(1, rel=1e-3)
    assert by[1] / by[0] == pytest.approx(100**EVENING, rel=1e-3)
