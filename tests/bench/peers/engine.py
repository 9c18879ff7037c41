# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An inference engine's side of forward.py: a process that computes a network's output and no gradient.

All get the same ONNX file, or what the engine's own converter has made of it, float32 throughout, and the settings
that its documentation gives for the shortest time of one image. The input is made once and is no part of the time.
Answers lines on standard input as peer.py says; the last output is saved as float32, channels first.

usage: engine.py torch|float64|onnxruntime|openvino|ncnn|mnn THREADS MODEL INPUT
MODEL is the path without its suffix, INPUT float32 [3][height][width].
"""
import os
import sys

import numpy as np

import peer


def open_torch(threads, model, pixels, double=False):
    import torch

    torch.set_num_threads(threads)
    network = torch.load(f"{model}.pt", weights_only=False)
    inputs = torch.from_numpy(pixels[None])
    if double:
        network, inputs = network.double(), inputs.double()
    else:
        network = network.to(memory_format=torch.channels_last)
        inputs = inputs.contiguous(memory_format=torch.channels_last)

    def compute():
        with torch.inference_mode():
            return network(inputs).numpy()

    return compute


def open_float64(threads, model, pixels):
    return open_torch(threads, model, pixels, double=True)


def open_onnxruntime(threads, model, pixels):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(f"{model}.onnx", options, providers=["CPUExecutionProvider"])
    name, inputs = session.get_inputs()[0].name, pixels[None]
    return lambda: session.run(None, {name: inputs})[0]


def open_openvino(threads, model, pixels):
    import openvino

    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads,
               "INFERENCE_PRECISION_HINT": "f32"}
    request = openvino.Core().compile_model(f"{model}.onnx", "CPU", options).create_infer_request()
    request.get_input_tensor().data[:] = pixels[None]

    def compute():
        request.infer()
        return request.get_output_tensor().data

    return compute


def open_ncnn(threads, model, pixels):
    """Winograd, packed layouts and the fused forms are on unless one turns them off; what computes in less than float32
    is turned off. The allocators are those of its own benchmark."""
    import ncnn

    network = ncnn.Net()
    options = network.opt
    options.num_threads = threads
    allocators = ncnn.UnlockedPoolAllocator(), ncnn.PoolAllocator()
    options.blob_allocator, options.workspace_allocator = allocators
    for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(options, name, False)
    network.load_param(f"{model}.ncnn.param")
    network.load_model(f"{model}.ncnn.bin")
    inputs = ncnn.Mat(pixels).clone()

    kept = (*allocators, network)  # which do not keep each other; of a tuple the last goes first

    def compute():
        extractor = kept[-1].create_extractor()
        extractor.input("in0", inputs)
        return np.array(extractor.extract("out0")[1])[None]

    return compute


def open_mnn(threads, model, pixels):
    import MNN

    interpreter = MNN.Interpreter(f"{model}.mnn")
    session = interpreter.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    target = interpreter.getSessionInput(session)
    pixels = np.ascontiguousarray(pixels[None])
    target.copyFrom(MNN.Tensor(pixels.shape, MNN.Halide_Type_Float, pixels, MNN.Tensor_DimensionType_Caffe))
    output = interpreter.getSessionOutput(session)
    host = MNN.Tensor(output.getShape(), MNN.Halide_Type_Float, np.zeros(output.getShape(), np.float32),
                      MNN.Tensor_DimensionType_Caffe)

    def compute():
        interpreter.runSession(session)
        output.copyToHostTensor(host)
        return np.array(host.getNumpyData()).reshape(output.getShape())

    return compute


OPENERS = {"torch": open_torch, "float64": open_float64, "onnxruntime": open_onnxruntime, "openvino": open_openvino,
           "ncnn": open_ncnn, "mnn": open_mnn}


def keep_answers_apart():
    """What the engines print goes to standard error."""
    sys.stdout = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)


def main():
    keep_answers_apart()
    engine, threads, model, path = sys.argv[1:]
    pixels = np.load(path)
    compute = OPENERS[engine](int(threads), model, pixels)
    peer.answer(compute, compute())


main()
