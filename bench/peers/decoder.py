#!/usr/bin/env python3
"""GPT-2: ZeroCL's W8A8 beside CTranslate2's int8 and PyTorch float32, one interleaved run on a CPU.

    python3 bench/peers/decoder.py MODEL_DIR ZEROCL_PROGRAM QUANTIZED_DIR [--threads 2] [--rounds 7]

Times a prompt of 512 tokens (prefill) and one token after 128. CTranslate2's figure for the prompt is
a forward_batch over it; its token is (128 + 33 tokens) minus (128 + 1) of greedy generation, over 32.
PyTorch runs with its key/value cache. ZeroCL's token is (160 tokens) minus (128 tokens) over 32.
Needs torch, transformers, ctranslate2.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np


def median_ms(function, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def torch_timers(model_dir, threads, prompt, short):
    import torch
    from transformers import AutoModelForCausalLM
    torch.set_num_threads(threads)
    model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32).eval()
    ids, head = torch.tensor([prompt]), torch.tensor([short])

    def prefill():
        with torch.no_grad():
            model(ids, logits_to_keep=1)

    def token():
        with torch.no_grad():
            cache = model(head, logits_to_keep=1, use_cache=True).past_key_values
            step = torch.tensor([[5]])
            start = time.perf_counter()
            for _ in range(32):
                model(step, past_key_values=cache, use_cache=True)
            return 1e3 * (time.perf_counter() - start) / 32
    return lambda: median_ms(prefill, 5), token


def ctranslate2_timers(model_dir, threads, prompt, short, folder):
    import ctranslate2
    out = os.path.join(folder, "ct2")
    ctranslate2.converters.TransformersConverter(model_dir).convert(out, quantization="int8")
    generator = ctranslate2.Generator(out, device="cpu", compute_type="int8", intra_threads=threads,
                                      inter_threads=1)
    vocabulary = json.load(open(os.path.join(out, "vocabulary.json"), encoding="utf-8"))
    text = [vocabulary[i] for i in prompt]
    head = [vocabulary[i] for i in short]

    def generate(count):
        generator.generate_batch([head], max_length=count, min_length=count, sampling_topk=1,
                                 include_prompt_in_result=False)

    def token():
        one, many = median_ms(lambda: generate(1), 3), median_ms(lambda: generate(33), 3)
        return (many - one) / 32
    return lambda: median_ms(lambda: generator.forward_batch([text]), 5), token


def zerocl_timers(program, model, disable):
    def median(key, *options):
        env = dict(os.environ, ZEROCL_DISABLE_VARIANTS=disable)
        out = subprocess.run([program, "bench", model, "--runs", "5", "--json", *options], env=env,
                             check=True, capture_output=True, text=True).stdout
        return next(1e3 * r["median_seconds"] for r in json.loads(out)["results"] if r["test"] == key)

    def token():  # tokens 129 to 160 alone
        return (median("tg160", "--tg", "160") - median("tg128", "--tg", "128")) / 32
    return lambda: median("pp512", "--pp", "512"), token


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("program")
    parser.add_argument("quantized")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    prompt, short = rng.integers(300, 4000, 512).tolist(), rng.integers(300, 4000, 128).tolist()
    with tempfile.TemporaryDirectory() as folder:
        engines = {
            "PyTorch float32": torch_timers(args.model, args.threads, prompt, short),
            "CTranslate2 int8": ctranslate2_timers(args.model, args.threads, prompt, short, folder),
            "ZeroCL w8a8": zerocl_timers(args.program, args.quantized, ""),
            "ZeroCL w8a8 without vnni": zerocl_timers(args.program, args.quantized, "vnni"),
        }
        times = {name: ([], []) for name in engines}
        for _ in range(args.rounds):
            for name, (prefill, token) in engines.items():
                times[name][0].append(prefill())
                times[name][1].append(token())
    print(f"{args.threads} threads, medians of {args.rounds} rounds")
    print(f"{'':28} {'prefill 512':>14} {'token after 128':>16}")
    for name, (prefill, token) in times.items():
        print(f"{name:28} {statistics.median(prefill):11.1f} ms {statistics.median(token):13.2f} ms")


if __name__ == "__main__":
    main()
