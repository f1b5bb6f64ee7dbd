#!/usr/bin/env python3
"""ZeroQuant's Table 6 again: BERT-base and -large, ZeroCL's W8A8 beside PyTorch's FP16, in one run.

    python3 bench/table6.py --zerocl build/zerocl --out DIR [--models base,large] [--runs 20] ...

Engines: PyTorch FP16 with eager attention, with SDPA, and the latter under
torch.compile(mode="reduce-overhead") (CUDA graphs); ZeroCL through `zerocl bench`. All run the same
modules, BertForSequenceClassification of two labels with its pooler, on the same random weights:
PyTorch saves them, `zerocl quantize` reads them, once a model. (With --weights shape ZeroCL makes its
own by `bench --shape`; that model takes the mean of the tokens instead of the pooler.) No padding and
no mask, which is PyTorch's quickest path.

In each cell the engines take turns, --rounds times --runs runs each; medians over all runs. End to
end: ids on the host to logits on the host (PyTorch's ids in pinned memory). On the device: CUDA
events around forward, ids and logits staying there; for ZeroCL the sum of its kernels' times
(`bench --profile`, one more run). Several commands can share the work: --continue takes the cells of
an earlier table6.json of the same device, commit and settings. Files are written after every cell.

--device cpu checks this script where there is no GPU (try --models tiny). Its figures mean nothing,
and everything it writes says so. Needs torch and transformers.
"""
import argparse
import datetime
import gc
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import transformers

from table6_plot import PAPER_BATCHES, PYTORCH, SHAPES, add_ratios, write_files


class PyTorchModel:
    """One shape's FP16 models on the device, and the checkpoint that they share."""

    def __init__(self, model, folder, device):
        _, layers, hidden, heads, inner = SHAPES[model]
        self.device, self.path = torch.device(device), os.path.join(folder, model)
        torch.manual_seed(1)
        kind = transformers.BertForSequenceClassification
        kind(transformers.BertConfig(num_hidden_layers=layers, hidden_size=hidden,
                                     num_attention_heads=heads, intermediate_size=inner,
                                     num_labels=2)).half().save_pretrained(self.path)
        self.models = {
            name: kind.from_pretrained(self.path, attn_implementation=name, dtype=torch.float16)
            .to(self.device).eval().requires_grad_(False) for name in ("eager", "sdpa")}

    @torch.inference_mode()  # ids too: other kinds of tensors would be compiled for anew
    def engine(self, name, batch, sequence):
        """A function of runs: ([ms end to end], [ms on the device]). Warmed up, compiled."""
        forward = self.models["sdpa" if name == "compiled" else name]
        if name == "compiled":
            torch._dynamo.reset()  # this cell's shape alone, never a dynamic one
            forward = torch.compile(forward, mode="reduce-overhead", dynamic=False)
        cuda = self.device.type == "cuda"
        ids = torch.randint(1000, 30000, (batch, sequence))
        ids = ids.pin_memory() if cuda else ids
        resident = ids.to(self.device)

        def end_to_end():
            start = time.perf_counter()
            forward(input_ids=ids.to(self.device, non_blocking=True)).logits.cpu()
            return 1e3 * (time.perf_counter() - start)

        def on_device():
            if not cuda:
                start = time.perf_counter()
                forward(input_ids=resident)
                return 1e3 * (time.perf_counter() - start)
            before, after = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            before.record()
            forward(input_ids=resident)
            after.record()
            torch.cuda.synchronize()
            return before.elapsed_time(after)

        @torch.inference_mode()
        def measure(runs):
            for warm in (end_to_end, on_device) * 3:  # CUDA graphs are recorded in the second run
                warm()
            return [end_to_end() for _ in range(runs)], [on_device() for _ in range(runs)]
        measure(1)
        return measure


def zerocl(args, *words):
    """Standard output of the program, its device chosen by --zerocl-device."""
    device = ["--device", args.zerocl_device] if args.zerocl_device else []
    done = subprocess.run([args.zerocl, *words, *device], capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"zerocl {words[0]}: status {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def zerocl_engine(args, source, batch, sequence):
    """As PyTorchModel.engine; every call is a process, whose first run is not counted."""
    def measure(runs):
        out = json.loads(zerocl(args, "bench", *source, "--batch", str(batch), "--seq", str(sequence),
                                "--runs", str(runs), "--profile", "--json"))
        measure.device = out["device"]
        kernels = sum(kernel["device_ms"] for kernel in out["kernels"])
        return [1e3 * seconds for seconds in out["results"][0]["seconds"]], [kernels]
    return measure


def zerocl_sources(args, model, path):
    """{engine: arguments of bench}, its models quantized from PyTorch's checkpoint; or its error."""
    if args.weights == "shape":
        return {"W8A8": ["--shape", SHAPES[model][0]]}
    sources = {}
    for number, item in enumerate(args.quantize or ["W8A8="]):
        name, _, options = item.partition("=")
        out = f"{path}-{number}"
        try:
            zerocl(args, "quantize", path, "-o", out, *shlex.split(options))
            sources[name] = [out]
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            sources[name] = error
    return sources


def attempt(results, name, action):
    """What action returns; where it fails its error becomes the engine's result and the rest goes on."""
    try:
        return action()
    except Exception as error:  # of any engine: out of memory, a compiler that is missing, ...
        results[name] = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"}
        print(f"  {name} FAILED: {results[name]['error']}", file=sys.stderr)
        return None


def measure_cell(args, pytorch, sources, cell):
    """Fills cell["engines"]: medians and all runs, in ms; engines take turns."""
    batch, sequence, results = cell["batch"], cell["sequence"], cell["engines"]

    def start(name):
        if name not in sources:
            return pytorch.engine(name, batch, sequence)
        if isinstance(sources[name], Exception):
            raise sources[name]
        return zerocl_engine(args, sources[name], batch, sequence)

    compiled = not args.no_compile and batch in args.compile_batches
    engines, seconds = {}, {}
    for name in [*(n for n in PYTORCH if n != "compiled" or compiled), *sources]:
        since = time.perf_counter()
        engine = attempt(results, name, lambda: start(name))
        seconds[name] = time.perf_counter() - since
        if engine:
            engines[name] = engine
            results[name] = {"runs_ms": [], "device_runs_ms": []}
    for _ in range(args.rounds):
        for name, engine in engines.items():
            if "error" in results[name]:
                continue
            times = attempt(results, name, lambda: engine(args.runs))
            if times:
                results[name]["runs_ms"] += times[0]
                results[name]["device_runs_ms"] += times[1]
    for name, result in results.items():
        if "error" not in result:
            result["ms"] = statistics.median(result["runs_ms"])
            result["device_ms"] = statistics.median(result["device_runs_ms"])
            result["start_seconds"] = round(seconds[name], 2)
            cell["zerocl_device"] = getattr(engines[name], "device", cell["zerocl_device"])
    engines.clear()
    torch._dynamo.reset()  # frees the cell's CUDA graphs
    gc.collect()
    if pytorch.device.type == "cuda":
        torch.cuda.empty_cache()


def nvidia_driver():
    """Of the first GPU, as the driver's own tool says; None where there is none."""
    try:
        words = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return None


def new_report(args):
    cpu = args.device == "cpu"
    return {"device": f"CPU ({os.uname().machine})" if cpu else torch.cuda.get_device_name(args.device),
            "driver": nvidia_driver(), "commit": args.commit, "torch": torch.__version__,
            "cuda": torch.version.cuda, "transformers": transformers.__version__,
            "zerocl": subprocess.run([args.zerocl, "--version"], capture_output=True, text=True,
                                     check=True).stdout.strip(),
            "peak_tops": args.peak_tops, "check": cpu, "weights": args.weights,
            "quantize": args.quantize, "runs": args.runs * args.rounds, "rounds": args.rounds,
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "cells": []}


def continue_report(report, path):
    """Takes over the cells of an earlier run of the same things."""
    with open(path, encoding="utf-8") as file:
        earlier = json.load(file)
    for key in report:
        if key not in ("date", "cells", "peak_tops") and report[key] != earlier.get(key):
            sys.exit(f"--continue {path}: {key} was {earlier.get(key)!r}, is {report[key]!r}")
    report["cells"] = earlier["cells"]
    report["date"] = f"{earlier['date']}, {report['date']}"


def parse_arguments():
    def numbers(words):
        return [int(word) for word in words.split(",") if word]

    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--zerocl", required=True, metavar="PROGRAM")
    add("--out", required=True, metavar="DIR")
    add("--models", default="base,large", help=f"of {', '.join(SHAPES)}")
    add("--seqs", type=numbers, default=[128, 256])
    add("--batches", type=numbers, default=list(PAPER_BATCHES))
    add("--runs", type=int, default=20, help="of each engine in each round")
    add("--rounds", type=int, default=2)
    add("--compile-batches", type=numbers, default=[1, 2, 4, 8],
        help="batches at which torch.compile is measured too (it takes long to start)")
    add("--no-compile", action="store_true")
    add("--budget-seconds", type=float, default=float("inf"), help="start no cell beyond")
    add("--continue", dest="earlier", metavar="FILE", help="table6.json of an earlier run")
    add("--weights", choices=("same", "shape"), default="same")
    add("--quantize", action="append", metavar="NAME=OPTIONS",
        help='options of `zerocl quantize`, for example "W8A8 g128=--act-group-size 128"; may be given '
             "several times, the first is drawn (add \"F16=--scheme f16\" to tell what INT8 gives from what "
            "fusion gives); default: W8A8=; with --weights same only")
    add("--zerocl-device", help="--device of zerocl")
    add("--peak-tops", type=float, default=1934, help="INT8 peak of the device")
    add("--commit", default="unknown", help="git commit of ZeroCL, for the record")
    add("--device", default="cuda:0", help="of PyTorch; cpu: a check of this script, nothing else")
    args = parser.parse_args()
    args.models = args.models.split(",")
    for model in args.models:
        if model not in SHAPES:
            parser.error(f"--models: {model} is none of {', '.join(SHAPES)}")
    for item in args.quantize or []:
        if "=" not in item or item.split("=")[0] in PYTORCH or item.startswith("="):
            parser.error(f"--quantize: {item!r} is not NAME=OPTIONS")
    if min(args.runs, args.rounds) < 1:
        parser.error("--runs and --rounds must be positive")
    return args


def main():
    args = parse_arguments()
    begin = time.monotonic()
    report = new_report(args)
    if args.earlier:
        continue_report(report, args.earlier)
    done = {(c["model"], c["sequence"], c["batch"]) for c in report["cells"]}
    os.makedirs(args.out, exist_ok=True)
    left = 0
    with tempfile.TemporaryDirectory() as folder:
        for model in args.models:
            pytorch = sources = None  # the last model's memory is free before the next one's is taken
            for sequence, batch in [(s, b) for s in args.seqs for b in args.batches]:
                if (model, sequence, batch) in done:
                    continue
                if time.monotonic() - begin > args.budget_seconds:
                    left += 1
                    continue
                if pytorch is None:
                    pytorch = PyTorchModel(model, folder, args.device)
                    sources = zerocl_sources(args, model, pytorch.path)
                since = time.monotonic()
                cell = {"model": model, "sequence": sequence, "batch": batch, "zerocl_device": None,
                        "engines": {}}
                measure_cell(args, pytorch, sources, cell)
                report["cells"].append(cell)
                report["cells"].sort(key=lambda c: (list(SHAPES).index(c["model"]), c["sequence"],
                                                    c["batch"]))
                for each in report["cells"]:
                    add_ratios(each, args.peak_tops)
                write_files(report, args.out)
                times = ", ".join(f"{name} {e['ms']:.3f}" for name, e in cell["engines"].items()
                                  if "ms" in e)
                print(f"{model} {batch} x {sequence}: {times} ms "
                      f"({time.monotonic() - since:.0f} s)", file=sys.stderr, flush=True)
    if not report["cells"]:
        sys.exit("no cell was measured")
    write_files(report, args.out)
    with open(os.path.join(args.out, "table6.md"), encoding="utf-8") as file:
        print(file.read())
    if left:
        print(f"{left} cells were not started: --budget-seconds {args.budget_seconds:g} were spent")


if __name__ == "__main__":
    main()
