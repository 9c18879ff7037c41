#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trains the built-in network. Goes on from its last checkpoint when it is started again.

Everything is a matter of steps, never of time, so that a run can be stopped and continued at will.
"""
import argparse
import json
import pathlib
import time

import torch
from safetensors.numpy import load_file

import losses
import network
import plan
from families import NAMES

HERE = pathlib.Path(__file__).resolve().parent
EVERY = 20  # steps between two lines of the log
DECAY = 0.02
HAS_BFLOAT16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()  # elsewhere it takes twice as long as float32


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=pathlib.Path, default=HERE / "runs" / "full", help="folder for its files")
    parser.add_argument("--initial", type=pathlib.Path, default=HERE / "runs" / "initial.safetensors",
                        help="the untrained network that it starts from: setup.sh makes it")
    parser.add_argument("--smoke", action="store_true", help="a few steps over a few families: does the loss fall?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1.5e-3, help="the highest learning rate")
    parser.add_argument("--checkpoint", type=int, default=100, help="steps between two checkpoints")
    return parser.parse_args()


def rate_at(step, n_steps):
    """The share of the highest rate: a way up, a plain, a way down."""
    down = plan.DECAY * n_steps
    return min(1.0, (step + 1) / min(plan.WARM, 0.2 * n_steps), (n_steps - step) / down)


def make_optimizer(net, rate):
    """AdamW; norms and biases do not decay."""
    weights = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    return torch.optim.AdamW([{"params": weights, "weight_decay": DECAY},
                              {"params": others, "weight_decay": 0.0}], lr=rate)


def batches_from(dataset, step):
    """The batches from a step on, made ahead by one process."""
    return iter(torch.utils.data.DataLoader(
        dataset, batch_size=None, sampler=range(step, len(dataset)), num_workers=1, prefetch_factor=6))


def learn(net, optimizer, batch, silence):
    images, labels, shares, fine = batch
    with torch.autocast("cpu", torch.bfloat16, enabled=HAS_BFLOAT16):
        outputs = net(network.preprocess(images))
    loss, parts = losses.total(outputs, labels, shares, fine, silence)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimizer.step()
    right = (outputs[0].argmax(1) == labels).float().mean()
    return {"right": right.item(), **{name: value.item() for name, value in parts.items()}}


def save(path, net, optimizer, step):
    """Through a second file, so that a run that is stopped here has one whole checkpoint."""
    state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "classes": NAMES}
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def resume(path, net, optimizer):
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"]


def train(options, parts):
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    options.run.mkdir(parents=True, exist_ok=True)
    checkpoint = options.run / "checkpoint.pt"
    dataset = plan.Batches(parts, options.seed, n_labels=4 if options.smoke else None)
    net = network.Network(len(NAMES)).to(memory_format=torch.channels_last)
    network.start_from(net, load_file(options.initial))
    optimizer = make_optimizer(net, options.rate)
    first, n_steps = resume(checkpoint, net, optimizer), len(dataset)
    batches, seen, started = batches_from(dataset, first), [], time.monotonic()
    with open(options.run / "log.jsonl", "a", encoding="utf-8") as log:
        for step in range(first, n_steps):
            for group in optimizer.param_groups:
                group["lr"] = options.rate * rate_at(step, n_steps)
            silence = dataset.find(step)[0].silence.at(step)
            seen.append(learn(net, optimizer, next(batches), silence))
            if (step + 1) % EVERY == 0 or step + 1 == n_steps:
                line = {name: round(sum(s[name] for s in seen) / len(seen), 4) for name in seen[0]}
                line = {"step": step + 1, **line, "seconds": round(time.monotonic() - started, 1)}
                print(json.dumps(line), file=log, flush=True)
                seen.clear()
            if (step + 1) % options.checkpoint == 0 or step + 1 == n_steps:
                save(checkpoint, net, optimizer, step + 1)


def main():
    options = arguments()
    train(options, plan.SMOKE if options.smoke else plan.FULL)


if __name__ == "__main__":
    main()
