"""The image encoders of SAM and SAM 2 in PyTorch, with random weights: sam_torch.py MODEL THREADS.

Prints the seconds for one picture of 1024 x 1024 and the GFLOP/s of a product of matrices. What bench/sam.c compares with:
the same shapes and operations as the reference implementations, written as they write them."""
import sys
import time

import torch
import torch.nn.functional as F

VIT = {"sam_vit_b": (768, 12, 12), "sam_vit_l": (1024, 24, 16), "sam_vit_h": (1280, 32, 16)}
HIERA = {
    "sam2.1_hiera_t": (96, 1, (1, 2, 7, 2), (8, 4, 14, 7), (5, 7, 9)),
    "sam2.1_hiera_b+": (112, 2, (2, 3, 16, 3), (8, 4, 14, 7), (12, 16, 20)),
    "sam2.1_hiera_l": (144, 2, (2, 6, 36, 4), (8, 4, 16, 8), (23, 33, 43)),
}


def linear(x, out):
    """A linear layer whose weights are made on the first pass, in the order of the calls."""
    return F.linear(x, *parameters(lambda: (torch.randn(out, x.shape[-1]) / x.shape[-1] ** 0.5, torch.zeros(out))))


def conv(x, out, kernel, **options):
    def make():
        return (torch.randn(out, x.shape[1], kernel, kernel) / (x.shape[1] * kernel * kernel) ** 0.5, torch.zeros(out))

    return F.conv2d(x, *parameters(make), **options)


store, at = [], 0


def parameters(make):
    global at
    if at == len(store):
        store.append(make())
    at += 1
    return store[at - 1]


def norm(x):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6)


def windows(x, size):
    b, h, w, c = x.shape
    x = F.pad(x, (0, 0, 0, -w % size, 0, -h % size))
    hp, wp = x.shape[1:3]
    x = x.view(b, hp // size, size, wp // size, size, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(-1, size, size, c), (hp, wp)


def unwindows(x, size, padded, shape):
    hp, wp = padded
    x = x.view(1, hp // size, wp // size, size, size, -1).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(1, hp, wp, -1)[:, : shape[0], : shape[1]]


def vit_attention(x, heads):
    b, h, w, c = x.shape
    qkv = linear(x, 3 * c).reshape(b, h * w, 3, heads, -1).permute(2, 0, 3, 1, 4)
    q, k, v = qkv.reshape(3, b * heads, h * w, -1).unbind(0)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
    rel_h, rel_w = parameters(lambda: (torch.randn(h, h, q.shape[-1]) * 0.02, torch.randn(w, w, q.shape[-1]) * 0.02))
    grid = q.reshape(b * heads, h, w, -1)
    by_row = torch.einsum("bhwc,hkc->bhwk", grid, rel_h)
    by_col = torch.einsum("bhwc,wkc->bhwk", grid, rel_w)
    scores = (scores.view(-1, h, w, h, w) + by_row[:, :, :, :, None] + by_col[:, :, :, None, :]).view(-1, h * w, h * w)
    x = (scores.softmax(dim=-1) @ v).view(b, heads, h, w, -1).permute(0, 2, 3, 1, 4).reshape(b, h, w, -1)
    return linear(x, c)


def vit(image, dim, depth, heads):
    x = conv(image, dim, 16, stride=16).permute(0, 2, 3, 1)
    x = x + parameters(lambda: torch.randn(1, 64, 64, dim) * 0.02)
    for i in range(depth):
        y = norm(x)
        if i % (depth // 4) == depth // 4 - 1:
            y = vit_attention(y, heads)
        else:
            y, padded = windows(y, 14)
            y = unwindows(vit_attention(y, heads), 14, padded, (64, 64))
        x = x + y
        x = x + linear(F.gelu(linear(norm(x), 4 * dim)), dim)
    x = conv(x.permute(0, 3, 1, 2), 256, 1)
    x = norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    return norm(conv(x, 256, 3, padding=1).permute(0, 2, 3, 1))


def pool(x):
    return F.max_pool2d(x.permute(0, 3, 1, 2), 2, 2).permute(0, 2, 3, 1)


def hiera_attention(x, out, heads, pooled):
    b, h, w, _ = x.shape
    q, k, v = linear(x, 3 * out).reshape(b, h * w, 3, heads, -1).unbind(2)
    if pooled:
        q = pool(q.reshape(b, h, w, -1))
        h, w = q.shape[1:3]
        q = q.reshape(b, h * w, heads, -1)
    q, k, v = (t.transpose(1, 2) for t in (q, k, v))
    if hasattr(F, "scaled_dot_product_attention"):
        x = F.scaled_dot_product_attention(q, k, v)
    else:
        x = ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).softmax(dim=-1) @ v
    return linear(x.transpose(1, 2).reshape(b, h, w, -1), out)


def hiera(image, dim, heads, stages, spec, everywhere):
    x = conv(image, dim, 7, stride=4, padding=3).permute(0, 2, 3, 1)
    x = x + parameters(lambda: torch.randn(1, 256, 256, dim) * 0.02)
    block, window, levels = 0, spec[0], []
    for stage, count in enumerate(stages):
        for k in range(count):
            border = stage > 0 and k == 0
            out = 2 * dim if border else dim
            heads = 2 * heads if border else heads
            y = norm(x)
            if border:
                x = pool(linear(y, out))
            shape = x.shape[1:3]
            if block in everywhere:
                y = hiera_attention(y, out, heads, border)
            else:
                y, padded = windows(y, window)
                y = hiera_attention(y, out, heads, border)
                size = window // 2 if border else window
                y = unwindows(y, size, tuple(p // 2 if border else p for p in padded), shape)
            x = x + y
            x = x + linear(F.gelu(linear(norm(x), 4 * out)), out)
            dim, window, block = out, spec[stage], block + 1
        levels.append(x.permute(0, 3, 1, 2))
    levels = [conv(x, 256, 1) for x in levels]
    levels[2] = levels[2] + F.interpolate(levels[3], scale_factor=2, mode="nearest")
    return conv(levels[0], 32, 1), conv(levels[1], 64, 1), levels[2]


clock = time.process_time if sys.argv[3:] == ["cpu"] else time.perf_counter


def timed(work, rounds):
    best = 1e9
    for _ in range(rounds):
        begin = clock()
        work()
        best = min(best, clock() - begin)
    return best


def main():
    global at
    model, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    image = torch.randn(1, 3, 1024, 1024)

    def look():
        global at
        at = 0
        return vit(image, *VIT[model]) if model in VIT else hiera(image, *HIERA[model])

    with torch.inference_mode():
        a, b = torch.randn(4096, 1280), torch.randn(1280, 5120)
        rate = 2 * 4096 * 1280 * 5120 / timed(lambda: a @ b, 3) * 1e-9
        look()
        print(f"{timed(look, 2):.4f} {rate:.1f}")


main()
