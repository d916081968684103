#!/usr/bin/python3
"""The peer for networks of other shapes: layer conductance as Captum computes it, in plain PyTorch.

usage: conductance.py NETWORK EVERY DIR     NETWORK: a torchvision model, random weights, 224x224

Writes DIR/NETWORK.onnx and prints the seconds that all convolutions and fully-connected layers of one image take: every
EVERYth is run (51 Gauss-Legendre points, forward differences times left gradients), the others cost their mean.
"""
import os, sys, time
import numpy as np, torch, torchvision

network, every, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
torch.manual_seed(0)
torch.set_num_threads(len(os.sched_getaffinity(0)))
model = getattr(torchvision.models, network)(weights=None).eval()
layers = []
for module in model.modules():
    if isinstance(module, torch.nn.ReLU): module.inplace = False
    if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)): layers.append(module)
x = torch.randn(1, 3, 224, 224)
torch.onnx.export(model, x, f'{out}/{network}.onnx', opset_version=12, input_names=['image'], output_names=['logits'],
                  dynamic_axes={'image': {0: 'n'}, 'logits': {0: 'n'}})
alpha = .5 * (1 + np.polynomial.legendre.leggauss(51)[0])
with torch.no_grad(): model(x)
seconds = []
for layer in layers[every // 2::every]:
    start, seen = time.time(), []
    hook = layer.register_forward_hook(lambda _, i, o: seen.append(o))
    f = model(torch.cat([float(a) * x for a in alpha]).requires_grad_())[:, 3]
    hook.remove()
    g, = torch.autograd.grad(f.sum(), seen[0])
    h = seen[0].detach()
    ((h[1:] - h[:-1]) * g[:-1]).sum(0)
    seconds.append(time.time() - start)
print(f'{network}\t{np.mean(seconds) * len(layers):.3f}')
