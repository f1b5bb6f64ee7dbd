#!/usr/bin/env python3
"""INT8 products: torch._int_mm (cuBLASLt) beside ZeroCL's linear_w8a8, in one run on one device.

    python3 bench/int_mm.py --zerocl build/zerocl --out DIR [--variants wgmma] ...

Both multiply random INT8 codes [M, K] by [N, K] transposed; torch writes int32, ZeroCL scales the
sums, adds a bias and writes float32: four bytes an output in both. torch gets its second operand
as a transposed view of [N, K], the order that cuBLASLt wants. Products: those of BERT-base's and
BERT-large's layers at 16,384 rows, and two large ones; --products MxNxK,... takes others.

The two take turns, --rounds times; in a round each product's time is the median of --runs runs, each
of launches in a row that last 50 ms together; of the rounds the median counts. torch is timed by CUDA
events, ZeroCL as `zerocl bench --op linear_w8a8 --no-check --products ...` does, on the host, from the
first launch to the end of the last. Of ZeroCL's variants the fastest counts.

Written: int_mm.json with all figures, int_mm.md. --device cpu checks this script alone (with small
--products): its figures mean nothing, and what it writes says so. Needs torch.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import time

import torch

ROWS = 16384
BERT = ((768, 768), (2304, 768), (3072, 768), (768, 3072),
        (1024, 1024), (3072, 1024), (4096, 1024), (1024, 4096))
PRODUCTS = [(ROWS, n, k) for n, k in BERT] + [(2048, 4096, 4096), (8192, 8192, 8192)]
SECONDS = 0.05  # of a run


def int_mm_microseconds(product, runs, device):
    """Of each run."""
    rows, outputs, inputs = product
    generator = torch.Generator(device).manual_seed(1)
    x, w = (torch.randint(-127, 128, (n, inputs), dtype=torch.int8, device=device, generator=generator)
            for n in (rows, outputs))
    y = torch.empty((rows, outputs), dtype=torch.int32, device=device)
    cuda = torch.device(device).type == "cuda"

    def seconds(count):
        if cuda:
            before, after = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            torch.cuda.synchronize()
            before.record()
        start = time.perf_counter()
        for _ in range(count):
            torch._int_mm(x, w.t(), out=y)
        if not cuda:
            return time.perf_counter() - start
        after.record()
        torch.cuda.synchronize()
        return 1e-3 * before.elapsed_time(after)

    seconds(3)
    if rows * outputs * inputs <= 1 << 24:  # else it would take the host long
        expected = (x.double() @ w.double().t()).to(torch.int32)
        if not torch.equal(y, expected):
            raise RuntimeError("torch._int_mm gives other sums than a product of doubles")
    count = 1
    while (taken := seconds(count)) < SECONDS:
        count = max(count + 1, int(1.3 * SECONDS * count / max(taken, 1e-6)))
    return [1e6 * seconds(count) / count for _ in range(runs)]


def zerocl_results(args):
    """(device, {product: {variant: microseconds}}) of one run of the program."""
    words = [args.zerocl, "bench", "--op", "linear_w8a8", "--no-check", "--json", "--runs",
             str(args.runs), "--products", ",".join("x".join(map(str, p)) for p in args.products)]
    words += ["--variants", args.variants] if args.variants else []
    words += ["--device", args.zerocl_device] if args.zerocl_device else []
    done = subprocess.run(words, capture_output=True, text=True, timeout=args.timeout)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()[-500:]}")
    out = json.loads(done.stdout)
    results = {}
    for kernel in out["kernels"]:
        fields = dict(word.split("=") for word in kernel["shape"].split() if "=" in word)
        if fields["gx"] == fields["K"] == fields["gw"]:  # a scale a row, as cuBLASLt has none at all
            product = tuple(int(fields[name]) for name in "MNK")
            results.setdefault(product, {})[kernel["variant"]] = kernel["us"]
    return out["device"], results


def measure(args, report):
    for number in range(args.rounds):
        report["zerocl_device"], ours = zerocl_results(args)
        for row in report["products"]:
            product = (row["rows"], row["outputs"], row["inputs"])
            row["int_mm_us"] += int_mm_microseconds(product, args.runs, args.device)
            for variant, us in ours.get(product, {}).items():
                row["zerocl_us"].setdefault(variant, []).append(us)
        print(f"round {number + 1} of {args.rounds}", file=sys.stderr, flush=True)
    for row in report["products"]:
        tops = 2e-6 * row["rows"] * row["outputs"] * row["inputs"]  # times 1 / us
        row["int_mm_tops"] = tops / statistics.median(row["int_mm_us"])
        medians = {v: statistics.median(us) for v, us in row["zerocl_us"].items()}
        row["variant"] = min(medians, key=medians.get, default=None)
        row["zerocl_tops"] = tops / medians[row["variant"]] if medians else None
        row["ratio"] = row["zerocl_tops"] / row["int_mm_tops"] if medians else None


def markdown(report):
    lines = ["# INT8 products: ZeroCL's linear_w8a8 beside torch._int_mm", ""]
    if report["check"]:
        lines += ["**CHECK OF THE SCRIPT ON A CPU: these figures mean nothing.**", ""]
    lines += [f"torch {report['torch']} on {report['device']}; ZeroCL {report['commit']} on "
              f"{report['zerocl_device']}; {report['date']}. Random codes, four bytes an output in both; "
              f"ZeroCL's are scaled floats with a bias. Medians of {report['rounds']} rounds in turns, "
              f"{report['runs']} runs of {1e3 * SECONDS:g} ms each.", "",
              "| M | N | K | torch._int_mm TOPS | ZeroCL TOPS | variant | ratio |",
              "| --: | --: | --: | --: | --: | --- | --: |"]
    for row in report["products"]:
        ours = f"{row['zerocl_tops']:.1f}" if row["zerocl_tops"] else "–"
        ratio = f"{row['ratio']:.2f}" if row["ratio"] else "–"
        lines.append(f"| {row['rows']} | {row['outputs']} | {row['inputs']} | {row['int_mm_tops']:.4g} | "
                     f"{ours} | {row['variant'] or '–'} | {ratio} |")
    return "\n".join([*lines, ""])


def parse_arguments():
    def products(text):
        return [tuple(int(n) for n in word.split("x")) for word in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--zerocl", required=True, metavar="PROGRAM")
    add("--out", required=True, metavar="DIR")
    add("--products", type=products, default=PRODUCTS, metavar="MxNxK,...")
    add("--variants", help="of ZeroCL's, between commas; default: all that are meant for the device")
    add("--runs", type=int, default=5)
    add("--rounds", type=int, default=2)
    add("--timeout", type=float, default=600, metavar="SECONDS", help="of ZeroCL in a round")
    add("--zerocl-device", help="--device of zerocl")
    add("--commit", default="unknown", help="git commit of ZeroCL, for the record")
    add("--device", default="cuda:0", help="of torch; cpu: a check of this script, nothing else")
    args = parser.parse_args()
    if any(len(product) != 3 for product in args.products):
        parser.error("--products: a product is MxNxK")
    if min(args.runs, args.rounds) < 1:
        parser.error("--runs and --rounds must be positive")
    return args


def main():
    args = parse_arguments()
    cpu = args.device == "cpu"
    report = {"device": f"CPU ({os.uname().machine})" if cpu else torch.cuda.get_device_name(args.device),
              "zerocl_device": None, "commit": args.commit, "torch": torch.__version__,
              "cuda": torch.version.cuda, "check": cpu, "runs": args.runs, "rounds": args.rounds,
              "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "products": [{"rows": m, "outputs": n, "inputs": k, "int_mm_us": [], "zerocl_us": {}}
                           for m, n, k in args.products]}
    measure(args, report)
    os.makedirs(args.out, exist_ok=True)
    for name, words in (("json", json.dumps(report, indent=1) + "\n"), ("md", markdown(report))):
        with open(os.path.join(args.out, f"int_mm.{name}"), "w", encoding="utf-8") as file:
            file.write(words)
    print(markdown(report))


if __name__ == "__main__":
    main()
