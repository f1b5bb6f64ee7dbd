#!/usr/bin/env python3
"""ZeroQuant's Table 6 again: BERT-base and -large, ZeroCL's W8A8 beside PyTorch's FP16, in one run.

    python3 bench/table6.py --zerocl build/zerocl --out DIR [--models base,large] [--warm 16] ...

Engines: PyTorch FP16 with eager attention, with SDPA, and the latter under
torch.compile(mode="reduce-overhead") (CUDA graphs); on request torchao's INT8 (weights per row, activations
per token, as ours) under the same; ZeroCL through `zerocl bench`. All run the same
modules, BertForSequenceClassification of two labels with its pooler, on the same random weights:
PyTorch saves them, `zerocl quantize` reads them, once a model. (With --weights shape ZeroCL makes its
own by `bench --shape`; that model takes the mean of the tokens instead of the pooler.) No padding and
no mask, which is PyTorch's quickest path.

In each cell the engines take turns, --rounds times --runs runs each, one engine at a time and after
runs that are not counted, for --settle seconds: a card that is at its power limit changes its clocks over
a tenth of a second and more, and an engine's first runs would be timed at what the one before had left.
Medians over all runs. End to end: ids on the host to logits on the host
(PyTorch's ids in pinned memory). On the device: CUDA events around forward, ids and logits staying
there; for ZeroCL the sum of its kernels' times (`bench --profile`, one more run). ZeroCL's processes,
one an engine and model, wait for their turns (`bench --requests`); PyTorch is this process.

--warm N prepares all cells before the first is timed: N processes compile for PyTorch and fill its
caches, and ZeroCL quantizes and sees every shape once. The timed process then finds compiled graphs
(compile_cache in the results says so), but chooses among Triton's configurations by itself, while
nothing else runs: those chosen on a busy GPU are thrown away. start_seconds is what an engine took
before its first run counted. Without --warm every cell is compiled when its turn comes.

Several commands can share the work: --continue takes the cells of an earlier table6.json of the same
device, commit and settings. Three files are written, after every cell: table6.json with every single
run, table6.md and table6.svg.

--device cpu checks this script where there is no GPU (try --models tiny). Its figures mean nothing,
and everything it writes says so. Needs torch and transformers.
"""
import argparse
import concurrent.futures
import datetime
import glob
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

from table6_engines import MOST_RUNS, PyTorchModel, ZeroclModel, quantize, write_checkpoint
from table6_plot import PAPER_BATCHES, PYTORCH, SHAPES, TORCHAO, add_ratios, write_files


class ZeroclModels:
    """{engine: ZeroclModel, or the error that it has instead} of one checkpoint, made as needed."""

    def __init__(self, args, model, path):
        self.args, self.path, self.made = args, path, {}
        self.names = {}  # {engine: options of quantize, or None}
        if args.weights == "shape":
            self.names = {"W8A8": None}
            self.made = {"W8A8": ZeroclModel(args, "--shape", SHAPES[model][0])}
        for item in [] if self.names else args.quantize or ["W8A8="]:
            name, _, options = item.partition("=")
            self.names[name] = shlex.split(options)

    def get(self, name):
        if name not in self.made:
            out = f"{self.path}-{list(self.names).index(name)}"
            try:
                quantize(self.args, self.path, out, self.names[name])
                self.made[name] = ZeroclModel(self.args, out)
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                self.made[name] = error
        if isinstance(self.made[name], Exception):
            raise self.made[name]
        return self.made[name]

    def close(self):
        for model in self.made.values():
            if isinstance(model, ZeroclModel):
                model.close()


def is_compiled(args, batch):
    return not args.no_compile and batch in args.compile_batches


def compile_cells(args):
    """The whole work of a process that --warm starts: "PATH BATCH SEQUENCE" each."""
    models = {}
    for item in args.compile_cells:
        path, batch, sequence = item.rsplit(" ", 2)
        if path not in models:
            models[path] = PyTorchModel(path, args.device, ("sdpa",))
        since = time.perf_counter()
        models[path].compile(int(batch), int(sequence))
        models[path].release()
        print(f"  compiled {os.path.basename(path)} {batch} x {sequence} in "
              f"{time.perf_counter() - since:.0f} s", file=sys.stderr, flush=True)


def warm(args, paths, ours, cells):
    """Compiles all cells and starts all of ZeroCL's engines, in parallel."""
    wanted = [f"{paths[m]} {b} {s}" for m, s, b in
              sorted(cells, key=lambda c: (-list(SHAPES).index(c[0]), -c[1] * c[2]))
              if is_compiled(args, b)]
    environment = {**os.environ, "TORCHINDUCTOR_COMPILE_THREADS": "1"}

    def compile_some(some):
        subprocess.run([sys.executable, os.path.abspath(__file__), "--zerocl", args.zerocl, "--out",
                        args.out, "--device", args.device, "--compile-cells", *some],
                       env=environment, timeout=600, check=True)

    def see_cells(model, name):
        engine = ours[model].get(name)
        for _, sequence, batch in [c for c in cells if c[0] == model]:
            engine.ask(batch, sequence, 1)

    with concurrent.futures.ThreadPoolExecutor(256) as pool:
        started = {pool.submit(see_cells, m, n): f"ZeroCL {n}, {m}" for m in ours
                   for n in ours[m].names}
        for first in range(min(args.warm, len(wanted))):
            some = wanted[first::args.warm]
            started[pool.submit(compile_some, some)] = f"torch.compile of {len(some)} cells"
        for future in concurrent.futures.as_completed(started):
            if future.exception():  # the engine's own turn will say it again, or do without
                print(f"  warm: {started[future]}: {future.exception()}", file=sys.stderr)
    for path in glob.glob(os.path.join(os.environ["TORCHINDUCTOR_CACHE_DIR"], "**", "*.best_config"),
                          recursive=True):
        os.remove(path)


def attempt(results, name, action):
    """What action returns; where it fails its error becomes the engine's result and the rest goes on."""
    try:
        return action()
    except Exception as error:  # of any engine: out of memory, a compiler that is missing, ...
        results[name] = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"}
        print(f"  {name} FAILED: {results[name]['error']}", file=sys.stderr)
        return None


def measure_cell(args, pytorch, ours, cell):
    """Fills cell["engines"]: medians and all runs, in ms; engines take turns."""
    batch, sequence, results = cell["batch"], cell["sequence"], cell["engines"]

    def start(name):
        if name in (*PYTORCH, TORCHAO):
            return pytorch.engine(name, batch, sequence)
        return ours.get(name).engine(batch, sequence)

    engines, seconds = {}, {}
    names = [n for n in PYTORCH if n != "compiled" or is_compiled(args, batch)]
    torchao = [TORCHAO] if batch in args.torchao_batches else []
    for name in [*names, *ours.names, *torchao]:  # the first of ours is the one that is drawn
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
            times = attempt(results, name, lambda: engine(args.runs, args.settle))
            if times:
                results[name]["runs_ms"] += [round(ms, 6) for ms in times[0]]
                results[name]["device_runs_ms"] += [round(ms, 6) for ms in times[1]]
    for name, result in results.items():
        if "error" not in result:
            result["ms"] = statistics.median(result["runs_ms"])
            result["device_ms"] = statistics.median(result["device_runs_ms"])
            result["start_seconds"] = round(seconds[name], 2)
            if hasattr(engines[name], "compile_cache"):
                result["compile_cache"] = engines[name].compile_cache
            cell["zerocl_device"] = getattr(engines[name], "device", cell["zerocl_device"])
    engines.clear()
    pytorch.release()


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
            "first_alone": args.weights == "same",
            "quantize": args.quantize, "runs": args.runs * args.rounds, "rounds": args.rounds,
            "settle_seconds": args.settle,
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "seconds": {}, "cells": []}


def continue_report(report, path):
    """Takes over the cells of an earlier run of the same things."""
    with open(path, encoding="utf-8") as file:
        earlier = json.load(file)
    for key in report:
        if key not in ("date", "cells", "seconds", "peak_tops") and report[key] != earlier.get(key):
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
    add("--settle", type=float, default=0.15, metavar="SECONDS",
        help="runs of an engine before those that count, in each turn; at least one run")
    add("--warm", type=int, default=0, metavar="PROCESSES", help="compile all cells before the first")
    add("--compile-batches", type=numbers, default=list(PAPER_BATCHES),
        help="batches at which torch.compile is measured too (it takes long to start)")
    add("--torchao-batches", type=numbers, default=[], metavar="B,B,...",
        help="batches at which torchao's dynamic INT8 is measured too, compiled like the FP16 (--warm does "
             "not prepare it); needs torchao")
    add("--no-compile", action="store_true")
    add("--budget-seconds", type=float, default=float("inf"), help="start no cell beyond")
    add("--continue", dest="earlier", metavar="FILE", help="table6.json of an earlier run")
    add("--weights", choices=("same", "shape"), default="same")
    add("--quantize", action="append", metavar="NAME=OPTIONS",
        help='options of `zerocl quantize`, for example "W8A8 g128=--act-group-size 128"; may be given '
             "several times, the first is drawn (add \"F16=--scheme f16\" to tell what INT8 gives from what "
            "fusion gives); default: W8A8=; with --weights same only")
    add("--zerocl-device", help="--device of zerocl")
    add("--peak-tops", type=float, default=1844,
        help="INT8 peak of the device, sustained, random operands: `zerocl bench --peak` (the default is "
             "an H200's)")
    add("--commit", default="unknown", help="git commit of ZeroCL, for the record")
    add("--device", default="cuda:0", help="of PyTorch; cpu: a check of this script, nothing else")
    add("--compile-cells", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.models = args.models.split(",")
    for model in args.models:
        if model not in SHAPES:
            parser.error(f"--models: {model} is none of {', '.join(SHAPES)}")
    for item in args.quantize or []:
        if "=" not in item or item.split("=")[0] in (*PYTORCH, TORCHAO) or item.startswith("="):
            parser.error(f"--quantize: {item!r} is not NAME=OPTIONS")
    if min(args.runs, args.rounds) < 1:
        parser.error("--runs and --rounds must be positive")
    if args.runs > MOST_RUNS // 2 or args.settle < 0:
        parser.error(f"--runs is at most {MOST_RUNS // 2}, --settle not negative")
    return args


def measure_cells(args, report, cells, paths, ours, begin):
    """How many were left for want of time."""
    loaded = pytorch = None
    for number, (model, sequence, batch) in enumerate(cells):
        if time.monotonic() - begin > args.budget_seconds:
            return len(cells) - number
        if loaded != model:
            if pytorch:
                ours[loaded].close()
            pytorch = None  # its memory is free before the next one's is taken
            loaded, pytorch = model, PyTorchModel(paths[model], args.device)
        since = time.monotonic()
        cell = {"model": model, "sequence": sequence, "batch": batch, "zerocl_device": None,
                "engines": {}}
        measure_cell(args, pytorch, ours[model], cell)
        cell["seconds"] = round(time.monotonic() - since, 1)
        report["cells"].append(cell)
        report["cells"].sort(key=lambda c: (list(SHAPES).index(c["model"]), c["sequence"], c["batch"]))
        for each in report["cells"]:
            add_ratios(each, report)
        report["seconds"]["all"] = round(time.monotonic() - begin, 1)
        write_files(report, args.out)
        times = ", ".join(f"{n} {e['ms']:.3f}" for n, e in cell["engines"].items() if "ms" in e)
        print(f"{model} {batch} x {sequence}: {times} ms ({cell['seconds']:.0f} s)", file=sys.stderr,
              flush=True)
    return 0


def main():
    args = parse_arguments()
    if args.compile_cells:
        compile_cells(args)
        return
    begin = time.monotonic()
    report = new_report(args)
    if args.earlier:
        continue_report(report, args.earlier)
    done = {(c["model"], c["sequence"], c["batch"]) for c in report["cells"]}
    cells = [(m, s, b) for m in args.models for s in args.seqs for b in args.batches
             if (m, s, b) not in done]
    os.makedirs(args.out, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.join(folder, "torch"))
        paths = {m: write_checkpoint(m, folder) for m in dict.fromkeys(c[0] for c in cells)}
        ours = {m: ZeroclModels(args, m, path) for m, path in paths.items()}
        try:
            if args.warm > 0:
                warm(args, paths, ours, cells)
                report["seconds"]["warm"] = round(time.monotonic() - begin, 1)
                print(f"warm after {report['seconds']['warm']:.0f} s", file=sys.stderr, flush=True)
            left = measure_cells(args, report, cells, paths, ours, begin)
        finally:
            for models in ours.values():
                models.close()
    if not report["cells"]:
        sys.exit("no cell was measured")
    write_files(report, args.out)
    with open(os.path.join(args.out, "table6.md"), encoding="utf-8") as file:
        print(file.read())
    if left:
        print(f"{left} cells were not started: --budget-seconds {args.budget_seconds:g} were spent")


if __name__ == "__main__":
    main()
