"""The engines that bench/table6.py compares. Each is started for one batch and length, and is then a
function of runs, and of seconds of runs before them that do not count, that returns ([ms end to end],
[ms on the device])."""
import copy
import gc
import json
import math
import os
import subprocess
import tempfile
import threading
import time

import torch
import transformers

from table6_plot import SHAPES, TORCHAO

transformers.utils.logging.disable_progress_bar()
BERT = transformers.BertForSequenceClassification
MOST_RUNS = 1000  # of one request to `zerocl bench`
CACHE_COUNTERS = ("autograd_cache_hit", "autograd_cache_miss", "fxgraph_cache_hit",
                  "fxgraph_cache_miss")


def write_checkpoint(model, folder):
    """FOLDER/MODEL: random weights that PyTorch and `zerocl quantize` both read."""
    _, layers, hidden, heads, inner = SHAPES[model]
    path = os.path.join(folder, model)
    torch.manual_seed(1)
    BERT(transformers.BertConfig(num_hidden_layers=layers, hidden_size=hidden,
                                 num_attention_heads=heads, intermediate_size=inner,
                                 num_labels=2)).half().save_pretrained(path)
    return path


def torchao_int8(model):
    """A copy with INT8 weights per row and dynamic INT8 activations per token, as ours."""
    from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_
    quantized = copy.deepcopy(model)
    quantize_(quantized, Int8DynamicActivationInt8WeightConfig())
    return quantized


def compiled(model):
    """Under CUDA graphs and for one shape, never a dynamic one; what was compiled before is dropped."""
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    return torch.compile(model, mode="reduce-overhead", dynamic=False)


def compile_counters():
    """What torch.compile found in its caches since compiled()."""
    counters = torch._dynamo.utils.counters
    found = {**counters["aot_autograd"], **counters["inductor"]}
    return {name: found[name] for name in CACHE_COUNTERS if name in found}


class PyTorchModel:
    """One checkpoint's FP16 models on the device."""

    def __init__(self, path, device, attentions=("eager", "sdpa")):
        self.device = torch.device(device)
        self.models = {
            name: BERT.from_pretrained(path, attn_implementation=name, dtype=torch.float16)
            .to(self.device).eval().requires_grad_(False) for name in attentions}

    @torch.inference_mode()  # ids too: other kinds of tensors would be compiled for anew
    def compile(self, batch, sequence):
        """Fills torch's caches on the disk for this shape."""
        ids = torch.randint(1000, 30000, (batch, sequence)).to(self.device)
        compiled(self.models["sdpa"])(input_ids=ids)
        return compile_counters()

    @torch.inference_mode()
    def engine(self, name, batch, sequence):
        """Warmed up and compiled; CUDA graphs are recorded in the second run."""
        if name == TORCHAO and name not in self.models:
            self.models[name] = torchao_int8(self.models["sdpa"])
        forward = self.models["sdpa" if name == "compiled" else name]
        if name in ("compiled", TORCHAO):
            forward = compiled(forward)
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
        def measure(runs, settle):
            since = time.perf_counter()
            end_to_end()
            while time.perf_counter() - since < settle:
                end_to_end()
            times = [end_to_end() for _ in range(runs)]
            on_device()
            return times, [on_device() for _ in range(runs)]
        for warm in (end_to_end, on_device) * 3:
            warm()
        if name in ("compiled", TORCHAO):
            measure.compile_cache = compile_counters()
        return measure

    def release(self):
        """Drops compiled shapes, their CUDA graphs and what they occupy."""
        torch._dynamo.reset()
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def zerocl_command(args, *words):
    device = ["--device", args.zerocl_device] if args.zerocl_device else []
    return [args.zerocl, *words, *device]


def quantize(args, path, out, options):
    done = subprocess.run(zerocl_command(args, "quantize", path, "-o", out, *options),
                          capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"zerocl quantize: status {done.returncode}: {done.stderr.strip()[-500:]}")


class ZeroclModel:
    """One model in one `zerocl bench --requests`, which is started when it is needed."""

    def __init__(self, args, *source):
        self.command = zerocl_command(args, "bench", *source, "--requests", "--profile")
        self.process = self.errors = None

    def ask(self, batch, sequence, runs, seconds=300):
        """The answer to one request; raises RuntimeError where there is none in time."""
        if self.process is None:
            self.errors = tempfile.TemporaryFile("w+")
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=self.errors, text=True)
        watch = threading.Timer(seconds, self.process.kill)
        watch.start()
        try:
            self.process.stdin.write(f"{batch} {sequence} {runs}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        if line:
            return json.loads(line)
        status = self.process.wait()
        self.errors.seek(0)
        words = self.errors.read().strip()[-500:]
        self.close()
        raise RuntimeError(f"zerocl bench: status {status}: {words}")

    def engine(self, batch, sequence):
        """As many runs as take the time to settle, by the fastest one seen, are left out, and the first
        of each call; on the device: its kernels, of one run more."""
        def measure(runs, settle):
            before = min(math.ceil(settle / measure.fastest), MOST_RUNS - runs)
            out = self.ask(batch, sequence, runs + before)
            measure.device = out["device"]
            kernels = sum(kernel["device_ms"] for kernel in out["kernels"])
            seconds = out["results"][0]["seconds"]
            measure.fastest = min(measure.fastest, *seconds)
            return [1e3 * each for each in seconds[before:]], [kernels]
        measure.fastest = math.inf
        measure(3, 0)
        return measure

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.errors.close()
        self.process = None
