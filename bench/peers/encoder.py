#!/usr/bin/env python3
"""MiniLM end to end: ZeroCL's W8A8 beside ONNX Runtime's dynamic INT8, one interleaved run.

    python3 bench/peers/encoder.py MODEL_DIR ZEROCL_PROGRAM QUANTIZED_DIR [--threads 2] [--rounds 7]

MODEL_DIR is the Hugging Face directory (exported to ONNX here and quantized with
onnxruntime.quantization.quantize_dynamic, its default: per-tensor QInt8 weights). Every round times
each engine's median over the same number of runs, one after the other, so that a busy machine
disturbs all alike; printed are medians over the rounds, in ms, ids on the host to hidden states on the
host. ZeroCL runs with and without its vnni variant. Needs torch, transformers, onnx, onnxruntime.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np


def export(model_dir, out):
    import torch
    from transformers import AutoModel
    model = AutoModel.from_pretrained(model_dir, dtype=torch.float32, attn_implementation="eager")
    model.eval().requires_grad_(False)

    class Exported(torch.nn.Module):
        def forward(self, ids, mask, types):
            out = model(input_ids=ids, attention_mask=mask, token_type_ids=types)
            return out.last_hidden_state, out.pooler_output

    ids = torch.ones(1, 16, dtype=torch.long)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(Exported(), (ids, ids, ids * 0), out, input_names=names,
                      output_names=["hidden", "pooled"], opset_version=17, dynamo=False,
                      dynamic_axes={n: {0: "batch", 1: "sequence"} for n in names})


def quantize(fp32, int8):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    quantize_dynamic(fp32, int8, weight_type=QuantType.QInt8)


def ort_timer(path, threads, batch, sequence, runs):
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(1)
    ids = rng.integers(1000, 20000, (batch, sequence)).astype(np.int64)
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": ids * 0}
    session.run(None, feeds)

    def measure():
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            session.run(None, feeds)
            times.append(1e3 * (time.perf_counter() - start))
        return statistics.median(times)
    return measure


def zerocl_timer(program, model, batch, sequence, runs, disable):
    def measure():
        env = dict(os.environ, ZEROCL_DISABLE_VARIANTS=disable)
        out = subprocess.run([program, "bench", model, "--batch", str(batch), "--seq", str(sequence),
                              "--runs", str(runs), "--json"],
                             env=env, check=True, capture_output=True, text=True).stdout
        return 1e3 * json.loads(out)["results"][0]["median_seconds"]
    return measure


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("program")
    parser.add_argument("quantized")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sequence", type=int, default=128)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fp32, int8 = os.path.join(folder, "f.onnx"), os.path.join(folder, "q.onnx")
        export(args.model, fp32)
        quantize(fp32, int8)
        for batch in (1, 16):
            runs = 40 if batch == 1 else 5
            timers = {
                "ONNX Runtime dynamic INT8": ort_timer(int8, args.threads, batch, args.sequence, runs),
                "ONNX Runtime float32": ort_timer(fp32, args.threads, batch, args.sequence, runs),
                "ZeroCL w8a8": zerocl_timer(args.program, args.quantized, batch, args.sequence, runs, ""),
                "ZeroCL w8a8 without vnni": zerocl_timer(args.program, args.quantized, batch,
                                                         args.sequence, runs, "vnni"),
            }
            times = {name: [] for name in timers}
            for _ in range(args.rounds):
                for name, measure in timers.items():
                    times[name].append(measure())
            base = statistics.median(times["ONNX Runtime dynamic INT8"])
            print(f"batch {batch}, sequence {args.sequence}, {args.threads} threads, "
                  f"{args.rounds} rounds of {runs} runs")
            for name, values in times.items():
                median = statistics.median(values)
                print(f"  {name:28} {median:8.2f} ms   {base / median:5.2f}x of ONNX Runtime INT8")


if __name__ == "__main__":
    main()
