#!/usr/bin/env python3
"""Table and chart of bench/table6.py's figures: ratios, Markdown, SVG. No library is needed.

    python3 bench/table6_plot.py DIR/table6.json     writes DIR/table6.md and DIR/table6.svg anew
"""
import json
import os
import sys

SHAPES = {  # --models: (name for `bench --shape`, layers, hidden, heads, inner)
    "tiny": ("bert-tiny", 2, 128, 2, 512),  # for checks of this script
    "base": ("bert-base", 12, 768, 12, 3072),
    "large": ("bert-large", 24, 1024, 16, 4096),
}
PAPER_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
PAPER = {  # ZeroQuant (Yao et al. 2022), Table 6: speedup of W8A8 over FP16 on an A100
    ("base", 128): (2.27, 2.78, 2.71, 3.13, 3.86, 4.60, 5.08, 5.19),
    ("base", 256): (2.57, 2.81, 2.74, 3.66, 4.70, 4.70, 4.89, 4.98),
    ("large", 128): (2.62, 2.47, 3.07, 3.66, 4.24, 4.73, 4.90, 5.01),
    ("large", 256): (2.51, 2.66, 3.52, 4.07, 4.47, 4.66, 4.75, 4.81),
}
PYTORCH = ("eager", "sdpa", "compiled")
TORCHAO = "torchao INT8"  # of PyTorch's process, but no FP16
CHECK = "CHECK OF THE SCRIPT ON A CPU: these figures mean nothing"


def operations(model, batch, sequence, first_alone=False):
    """Multiplications and additions of the layers' products and attention (embedding and head not).
    first_alone: what follows the last attention is computed for first tokens alone."""
    _, layers, h, _, inner = SHAPES[model]
    tokens = batch * sequence
    after_attention = (layers - 1) * tokens + (batch if first_alone else tokens)
    return (layers * (2 * tokens * 3 * h * h + 4 * tokens * sequence * h)
            + 2 * after_attention * (h * h + 2 * h * inner))


def first_alone(report):
    """Whether ZeroCL computes what follows the last attention for first tokens alone: since 2026-11-23."""
    return report.get("first_alone", False)


def add_ratios(cell, report):
    """What follows from the times: the fastest of PyTorch's, ratios, the share of the INT8 peak."""
    engines = cell["engines"]
    ms = {name: e["ms"] for name, e in engines.items() if "ms" in e}
    torch_ms = {n: ms[n] for n in PYTORCH if n in ms}
    cell["fastest"] = min(torch_ms, key=torch_ms.get, default=None)
    cell["pytorch_device_ms"] = min(
        (engines[n]["device_ms"] for n in torch_ms if "device_ms" in engines[n]), default=None)
    paper = PAPER.get((cell["model"], cell["sequence"]))
    known = paper and cell["batch"] in PAPER_BATCHES
    cell["paper_ratio"] = paper[PAPER_BATCHES.index(cell["batch"])] if known else None
    for name, own in ms.items():
        counted = operations(cell["model"], cell["batch"], cell["sequence"],
                             first_alone(report) and name not in (*PYTORCH, TORCHAO))
        tops = counted / own * 1e-9
        engines[name]["tops"] = tops
        if name not in PYTORCH:
            engines[name]["percent_of_peak"] = 100 * tops / report["peak_tops"]
            if torch_ms:
                engines[name]["ratio"] = torch_ms[cell["fastest"]] / own
                engines[name]["ratio_to_device"] = cell["pytorch_device_ms"] / own
            if "eager" in ms:
                engines[name]["ratio_to_eager"] = ms["eager"] / own


def number(value, form="{:.2f}"):
    return "–" if value is None else form.format(value)


def protocol(report):
    same = ("The same modules and random weights in all: BertForSequenceClassification, pooler included"
            if report["weights"] == "same" else
            "Random weights; ZeroCL takes the mean of the tokens where PyTorch runs pooler and classifier")
    if first_alone(report):
        same += ("; what follows the last attention ZeroCL computes for first tokens alone, which are all "
                 "that the pooler reads")
    return [f"{same}; no padding, no mask. End to end: ids on the host to output on the host. On the "
            "device: CUDA events around forward; for ZeroCL the sum of its kernels' times."]


def markdown(report):
    alone = ", of ZeroCL's last one 6 M h² + 4 M T h + 2 B (h² + 2 h i)" if first_alone(report) else ""
    lines = ["# BERT, W8A8 against PyTorch FP16: the cells of ZeroQuant's Table 6", ""]
    if report["check"]:
        lines += [f"**{CHECK}.**", ""]
    lines += [f"{report['device']}, driver {report['driver']}; {report['date']}; ZeroCL "
              f"{report['commit']} on {report['cells'][0].get('zerocl_device') or 'no device'}, PyTorch "
              f"{report['torch']}, transformers {report['transformers']}. Medians of {report['runs']} "
              "runs of each engine, taking turns, each of which begins with runs that are not counted: one, or "
              f"as many as take {report.get('settle_seconds', 0):g} s.", "", *protocol(report), "",
              "`ratio`: fastest of PyTorch's three (bold) over ZeroCL, end to end; `*`: compiled was not "
              "measured there. `vs device`: PyTorch's best time on the device alone over ZeroCL's end to "
              "end. `paper`: ZeroQuant's own FP16 over W8A8 on an A100. `% of peak`: of "
              f"{report['peak_tops']:g} INT8 TOPS, counting the operations that an engine does: of a layer "
              "2 M (4 h² + 2 h i) + 4 M T h (M = B T tokens, h hidden, i inner size)"
              f"{alone}, end to end.", ""]
    for model, sequence in dict.fromkeys((c["model"], c["sequence"]) for c in report["cells"]):
        lines += [f"## BERT-{model}, sequence {sequence}", "",
                  "| batch | engine | eager ms | SDPA ms | compiled ms | ZeroCL ms | ratio | ratio to eager |"
                  " paper | PyTorch device ms | ZeroCL kernels ms | vs device | % of peak |",
                  "| --: | --- |" + " --: |" * 11]
        for cell in report["cells"]:
            if (cell["model"], cell["sequence"]) != (model, sequence):
                continue
            engines = cell["engines"]
            times = ["failed" if "error" in engines.get(n, {}) else
                     f"**{number(engines[n]['ms'], '{:.3f}')}**" if n == cell["fastest"] else
                     number(engines.get(n, {}).get("ms"), "{:.3f}") for n in PYTORCH]
            for name in (n for n in engines if n not in PYTORCH):
                e, star = engines[name], "" if "ms" in engines.get("compiled", {}) else "\\*"
                own = "failed" if "error" in e else number(e["ms"], "{:.3f}")
                lines.append("| " + " | ".join([
                    str(cell["batch"]), name, *times, own, number(e.get("ratio"), "{:.2f}" + star),
                    number(e.get("ratio_to_eager")), number(cell["paper_ratio"]),
                    number(cell["pytorch_device_ms"], "{:.3f}"), number(e.get("device_ms"), "{:.3f}"),
                    number(e.get("ratio_to_device")), number(e.get("percent_of_peak"), "{:.1f}")]) + " |")
        lines.append("")
    errors = [f"- BERT-{c['model']}, {c['batch']} x {c['sequence']}, {name}: `{e['error']}`"
              for c in report["cells"] for name, e in c["engines"].items() if "error" in e]
    return "\n".join(lines + (["Failed:", "", *errors, ""] if errors else []))


def svg(report, engine):
    """A panel for each model and length: bars of both ratios at each batch, the paper's as a mark."""
    panels = list(dict.fromkeys((c["model"], c["sequence"]) for c in report["cells"]))
    wide, high, left, top = 440, 220, 60, 70
    rows = (len(panels) + 1) // 2
    columns = min(2, len(panels))
    ratios = [c["engines"].get(engine, {}).get(k) or 0 for c in report["cells"]
              for k in ("ratio", "ratio_to_eager")] + [c["paper_ratio"] or 0 for c in report["cells"]]
    limit = max(1, int(max(ratios)) + 1)
    step = max(1, -(-limit // 8))
    width, height = columns * (wide + left) + 30, top + rows * (high + 80) + 10
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="#222">',
           f'<rect width="{width}" height="{height}" fill="white"/>']

    def text(x, y, words, more=""):
        words = str(words).replace("&", "&amp;").replace("<", "&lt;")
        out.append(f'<text x="{x:.1f}" y="{y:.1f}" {more}>{words}</text>')

    def bar(x, y, w, h, colour):
        out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{colour}"/>')

    text(left, 22, f"ZeroCL {engine}: times as fast as PyTorch FP16 ({report['device']})",
         'font-size="15" font-weight="bold"')
    text(left, height - 6, "* of eager and SDPA alone: compiled was not measured there")
    if report["check"]:
        text(left + 420, height - 6, CHECK, 'fill="#c00"')
    legend = (("#0b6e99", "over PyTorch's fastest"), ("#9ccbdd", "over PyTorch eager"),
              ("#c0392b", "the paper's over its FP16 (A100)"))
    for i, (colour, words) in enumerate(legend):
        x, y = left + (0, 165, 310)[i], 42
        bar(x, y - (5 if i == 2 else 9), 12, 3 if i == 2 else 10, colour)
        text(x + 17, y, words)
    for index, panel in enumerate(panels):
        x0, y0 = left + index % 2 * (wide + left), top + 20 + index // 2 * (high + 80)
        text(x0, y0 - 8, f"BERT-{panel[0]}, sequence {panel[1]}", 'font-weight="bold"')
        for tick in range(0, limit + 1, step):
            y = y0 + high * (1 - tick / limit)
            bar(x0, y, wide, 0.6, "#ddd" if tick else "#888")
            text(x0 - 6, y + 4, f"{tick}x", 'text-anchor="end"')
        bar(x0, y0 + high * (1 - 1 / limit), wide, 0.8, "#888")  # as fast as PyTorch
        cells = [c for c in report["cells"] if (c["model"], c["sequence"]) == panel]
        slot = wide / len(cells)
        for i, cell in enumerate(cells):
            x, e = x0 + i * slot, cell["engines"].get(engine, {})
            for j, key in enumerate(("ratio", "ratio_to_eager")):
                ratio = e.get(key) or 0
                y = y0 + high * (1 - ratio / limit)
                bar(x + slot * (0.1 + 0.4 * j), y, slot * 0.38, high * ratio / limit, legend[j][0])
                star = "*" if j == 0 and "ms" not in cell["engines"].get("compiled", {}) else ""
                text(x + slot * (0.29 + 0.4 * j), y - 3, number(ratio or None, "{:.1f}" + star),
                     'text-anchor="middle" font-size="10"')
            if cell["paper_ratio"]:
                bar(x + slot * 0.48, y0 + high * (1 - cell["paper_ratio"] / limit) - 1, slot * 0.42, 3,
                    legend[2][0])
            text(x + slot / 2, y0 + high + 16, cell["batch"], 'text-anchor="middle"')
        text(x0 + wide / 2, y0 + high + 34, "batch", 'text-anchor="middle"')
        text(x0 - 38, y0 + high / 2, "ratio", f'text-anchor="middle" transform="rotate(-90 {x0 - 38} '
             f'{y0 + high / 2})"')
    return "\n".join([*out, "</svg>", ""])


def write_files(report, folder):
    """DIR/table6.json, .md and .svg."""
    names = [n for c in report["cells"] for n in c["engines"] if n not in PYTORCH]
    for name, words in (("json", json.dumps(report, indent=1) + "\n"), ("md", markdown(report)),
                        ("svg", svg(report, names[0]))):
        with open(os.path.join(folder, f"table6.{name}"), "w", encoding="utf-8") as file:
            file.write(words)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    for cell in report["cells"]:
        add_ratios(cell, report)
    write_files(report, os.path.dirname(sys.argv[1]) or ".")


if __name__ == "__main__":
    main()
