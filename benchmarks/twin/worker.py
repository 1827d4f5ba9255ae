"""One row of the benchmark in plain PyTorch: worker.py ROW FOLDER SECONDS. Reads FOLDER/inputs.safetensors, times the row, writes
FOLDER/twin.safetensors and prints one line of JSON."""
import json
import os
import resource
import struct
import sys
import time

import torch
import torch.nn.functional as F

import models


def load(path):
    data = bytearray(open(path, "rb").read())
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(bytes(data[8:8 + n]))
    kinds = {"F32": (torch.float32, 4), "I64": (torch.int64, 8)}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            kind, size = kinds[entry["dtype"]]
            flat = torch.frombuffer(data, dtype=kind, offset=8 + n + begin, count=(end - begin) // size)
            tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors


def save(path, tensors):
    header, blobs, at = {}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.detach().contiguous().float().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def model_of(cls, given):
    model = cls()
    model.load_state_dict({k[len("model."):]: v for k, v in given.items() if k.startswith("model.")})
    return model


def backward_outputs(output, inputs):
    return {"output": output, **{name: tensor.grad for name, tensor in inputs.items()}}


def conv(given):
    x, weight, bias = (given[k].requires_grad_() for k in ("x", "weight", "bias"))

    def step():
        x.grad = weight.grad = bias.grad = None
        padded = torch.cat([x[:, :, :1]] * 2 + [x], 2)
        y = F.conv3d(padded, weight, bias, padding=(0, 1, 1))
        y.backward(given["grad"])
        return lambda: backward_outputs(y, {"x": x, "weight": weight, "bias": bias})
    return step


def vae(part):
    def make(given):
        model = model_of(models.Vae, given)

        def step():
            if part == "encode":
                with torch.no_grad():
                    y = model.encoder(given["video"])
                return lambda: {"output": y}
            if part == "decode":
                with torch.no_grad():
                    y = model.decoder(given["latent"])
                return lambda: {"output": y}
            model.zero_grad(set_to_none=True)
            mean = model.encoder(given["video"]).chunk(2, 1)[0]
            y = model.decoder(mean)
            F.mse_loss(y, given["video"]).backward()
            return lambda: backward_outputs(y, {"conv_in": model.encoder.conv_in.conv.weight, "conv_out": model.decoder.conv_out.conv.weight})
        return step
    return make


def dit(part):
    def make(given):
        model = model_of(models.Dit, given)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.01, foreach=True) if part == "step" else None

        def step():
            if part == "forward":
                with torch.no_grad():
                    y = model(given["latent"], given["text"], given["timestep"])
                return lambda: {"output": y}
            model.zero_grad(set_to_none=True)
            y = model(given["latent"], given["text"], given["timestep"])
            F.mse_loss(y, given["target"]).backward()
            if part == "step":
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            return lambda: {"output": y, "proj": model.patch_embed.proj.weight if part == "step" else model.patch_embed.proj.weight.grad}
        return step
    return make


def adamw(given):
    names = sorted(k for k in given if k.startswith("weight."))
    weights = [given[k] for k in names]
    average = [w.clone() for w in weights]
    for weight in weights:
        weight.requires_grad_()
    optimizer = torch.optim.AdamW(weights, lr=1e-4, betas=(0.9, 0.95), weight_decay=0.01, foreach=True)

    def step():
        for weight, name in zip(weights, names):
            weight.grad = given["grad." + name[len("weight."):]]
        torch.nn.utils.clip_grad_norm_(weights, 1e9)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_mul_(average, 0.999)
            torch._foreach_add_(average, weights, alpha=0.001)
        return lambda: {"output": weights[0], "average": average[0]}
    return step


def tiny(given):
    a, b = given["a"], given["b"]

    def step():
        for _ in range(10000):
            c = torch.add(a, b)
        return lambda: {"output": c}
    return step


ROWS = {
    "conv-32": conv, "conv-64": conv, "conv-128": conv,
    "vae-encode": vae("encode"), "vae-decode": vae("decode"), "vae-train": vae("train"),
    "dit-1-forward": dit("forward"), "dit-4-forward": dit("forward"), "dit-1-train": dit("train"), "dit-4-train": dit("train"),
    "dit-1-step": dit("step"), "dit-4-step": dit("step"), "adamw": adamw, "tiny": tiny,
}


def main():
    row, folder, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    step = ROWS[row](load(os.path.join(folder, "inputs.safetensors")))
    outputs = step()()  # the first step's outputs are what is compared
    save(os.path.join(folder, "twin.safetensors"), outputs)
    del outputs
    for _ in range(2):
        step()
    times, begin = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": times, "peak_mib": peak, "version": torch.__version__}))


main()
