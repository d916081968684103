#!/usr/bin/python3
"""Inference speed of PyTorch: images/s of logits and their maximum, batches of 32 images u8 [224,224,3], scaled to 0..1.

usage: infer.py DIR SECONDS [NETWORK...]     torchvision models, random weights; OMP_NUM_THREADS as given

Writes DIR/NETWORK.onnx where it is missing.  Each network runs as it is, and as TorchScript's optimize_for_inference
makes it (normalisation folded into convolutions).
"""
import os, sys, time
import torch, torchvision

out, seconds = sys.argv[1], float(sys.argv[2])
torch.set_num_threads(int(os.environ['OMP_NUM_THREADS']))
torch.manual_seed(0)
images = torch.randint(0, 256, (32, 224, 224, 3), dtype=torch.uint8)

def rate(model):
    done, start = 0, None
    while start is None or time.time() < start + seconds:
        model(images.permute(0, 3, 1, 2).float().div(255)).argmax(1)
        if start is None: start = time.time() # the first batch prepares
        else: done += len(images)
    return done / (time.time() - start)

for name in sys.argv[3:]:
    model = getattr(torchvision.models, name)(weights=None).eval()
    x, path = torch.rand(1, 3, 224, 224), f'{out}/{name}.onnx'
    if not os.path.exists(path):
        torch.onnx.export(model, x, path, opset_version=12, input_names=['image'], output_names=['logits'],
                          dynamic_axes={'image': {0: 'n'}, 'logits': {0: 'n'}})
    with torch.inference_mode():
        print(f'{name}\tPyTorch\t{rate(model):.2f}')
        print(f'{name}\tTorchScript\t{rate(torch.jit.optimize_for_inference(torch.jit.trace(model, x))):.2f}', flush=True)
