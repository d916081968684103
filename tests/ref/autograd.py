#!/usr/bin/python3
"""Makes tests/ref/nets: small networks of the shapes that people export, with PyTorch's own left-rule conductances.

Run by hand with Debian's python3-torch and python3-onnx:  tests/ref/autograd.py tests/ref/nets
Writes NAME.onnx (random weights, a few thousand parameters) and NAME.npz: image [2,3,16,16], label [2], and per Conv or Linear
in the order of execution attrib/<layer> [2, channels] (51 Gauss-Legendre points, left gradients, maximum over positions,
in double precision) and logits.
"""
import sys
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

def bn(c):
    m = nn.BatchNorm2d(c)
    for t in (m.weight, m.running_var): nn.init.uniform_(t, .5, 1.5)
    for t in (m.bias, m.running_mean): nn.init.normal_(t, 0, .3)
    return m

def conv(i, o, k=1, s=1, g=1): return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False), bn(o))

class Inverted(nn.Module):
    """MobileNetV2's block: expand, depthwise, project; a shortcut where shapes allow."""
    def __init__(s, i, o, stride):
        super().__init__(); s.a, s.b, s.c = conv(i, 3 * i), conv(3 * i, 3 * i, 3, stride, 3 * i), conv(3 * i, o); s.short = stride == 1 and i == o
    def forward(s, x):
        y = s.c(F.relu6(s.b(F.relu6(s.a(x))))); return x + y if s.short else y

class Dense(nn.Module):
    """DenseNet's layer: normalise, relu, 1x1, 3x3, concatenated to the input."""
    def __init__(s, i, g):
        super().__init__(); s.n, s.a, s.m, s.b = bn(i), nn.Conv2d(i, 2 * g, 1, bias=False), bn(2 * g), nn.Conv2d(2 * g, g, 3, padding=1, bias=False)
    def forward(s, x): return torch.cat([x, s.b(F.relu(s.m(s.a(F.relu(s.n(x))))))], 1)

class Squeeze(nn.Module):
    """Squeeze-and-excite with hard-swish, as MobileNetV3 has it."""
    def __init__(s, c):
        super().__init__(); s.a, s.b = nn.Conv2d(c, 4, 1), nn.Conv2d(4, c, 1)
    def forward(s, x): return x * torch.sigmoid(s.b(F.relu(s.a(F.adaptive_avg_pool2d(x, 1)))))

class Shuffle(nn.Module):
    """Grouped convolutions with a channel shuffle between them, as ShuffleNet has them."""
    def __init__(s, c, g):
        super().__init__(); s.a, s.b, s.g = nn.Conv2d(c, c, 1, groups=g), nn.Conv2d(c, c, 3, padding=1, groups=g), g
    def forward(s, x):
        y = F.relu(s.a(x)); n, c, h, w = y.shape
        return F.relu(x + s.b(y.view(-1, s.g, c // s.g, h, w).transpose(1, 2).reshape(-1, c, h, w)))

head = lambda c: (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, 5))
nets = {
    'mobilenet': lambda: nn.Sequential(conv(3, 8, 3, 2), nn.ReLU6(), Inverted(8, 8, 1), Inverted(8, 12, 2), Inverted(12, 12, 1), *head(12)),
    'densenet': lambda: nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1, bias=False), bn(8), nn.ReLU(), nn.MaxPool2d(2), Dense(8, 6), Dense(14, 6),
                                      bn(20), nn.ReLU(), nn.Conv2d(20, 10, 1, bias=False), nn.AvgPool2d(2), Dense(10, 6), nn.ReLU(), *head(16)),
    'squeeze': lambda: nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.Hardswish(), Squeeze(8), nn.Conv2d(8, 12, 3, 1, 1), nn.LeakyReLU(.1), *head(12)),
    'shuffle': lambda: nn.Sequential(nn.Conv2d(3, 12, 3, 2, 1), nn.ReLU(), Shuffle(12, 3), Shuffle(12, 2), *head(12)),
}
out = sys.argv[1]
for seed, (name, make) in enumerate(nets.items()):
    torch.manual_seed(seed); m = make().eval()
    x = torch.randn(2, 3, 16, 16); label = torch.tensor([1, 3])
    torch.onnx.export(m, x[:1], f'{out}/{name}.onnx', opset_version=14, input_names=['image'], output_names=['logits'],
                      dynamic_axes={'image': {0: 'n'}, 'logits': {0: 'n'}})
    m, x = m.double(), x.double(); seen = []
    for l in m.modules():
        if isinstance(l, (nn.Conv2d, nn.Linear)): l.register_forward_hook(lambda l, _, o: seen.append((l, o)))
    alpha = .5 * (1 + np.polynomial.legendre.leggauss(51)[0])
    f = m(torch.cat([float(a) * x for a in alpha]).requires_grad_()).gather(1, label.repeat(51)[:, None]); seen_path = list(seen)
    grads = torch.autograd.grad(f.sum(), [o for _, o in seen_path])
    save = {'image': x.float().numpy(), 'label': label.int().numpy(), 'logits': m(x).detach().float().numpy()}
    for i, ((l, h), g) in enumerate(zip(seen_path, grads)):
        h = h.detach(); a = ((h[2:] - h[:-2]) * g[:-2]).view(50, 2, *h.shape[1:]).sum(0)
        save[f"attrib/{'conv' if isinstance(l, nn.Conv2d) else 'fc'}{i + 1}"] = (a.amax((2, 3)) if a.dim() == 4 else a).numpy()
    np.savez(f'{out}/{name}.npz', **save)
