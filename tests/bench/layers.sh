#!/usr/bin/env bash
# What depthwise and 1x1 layers reach of the roofline: each kernel alone, and inside a sweep over MobileNet v2, SqueezeNet 1.1
# and ResNet-50 (torchvision's shapes, random weights), on one thread.
# A sweep makes its memory at the first block of images: the system's share of the time, most of it for first touches of
# pages, is printed beside each network, and there are as many images as keep it at 3 % or less.  The roofline counts every
# layer's input and output as memory's: layers of a chain find theirs in a cache, and may pass it.
# Needs Debian's python3-torch and python3-torchvision for the networks.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$ROOT/bin}:${BUILD:-$ROOT/build}/tests/tools:$PATH
export OMP_NUM_THREADS=1
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
echo "depthwise layers alone, on data that no cache holds"
speed depthwise
/usr/bin/python3 -c 'import torch, torchvision, onnx' 2>/dev/null || { echo "layers: networks skipped: no torchvision"; exit 0; }
/usr/bin/python3 - <<'END_PY'
import numpy as np, torch, torchvision
np.savez('images.npz', image=np.random.RandomState(0).randint(0, 256, (96, 224, 224, 3), dtype='u1'), label=np.full(96, 3, 'i4'))
for name in 'mobilenet_v2', 'squeezenet1_1', 'resnet50':
    torch.onnx.export(getattr(torchvision.models, name)(weights=None).eval(), torch.randn(1, 3, 224, 224), name + '.onnx',
                      opset_version=12, dynamic_axes={'input': {0: 'n'}}, input_names=['input'])
END_PY
tv-import -q --preset imagenet images.npz -o images.tv
for run in mobilenet_v2:96 squeezenet1_1:96 resnet50:32; do
    net=${run%:*}
    tv-select -q --head "${run#*:}" images.tv -o some.tv
    /usr/bin/python3 - "$net" >kinds.tsv <<'END_PY'
import onnx, sys
m = onnx.load(sys.argv[1] + '.onnx')
weights = {t.name: t.dims for t in m.graph.initializer}
convs = [n for n in m.graph.node if n.op_type == 'Conv']
for i, n in enumerate(convs, 1):
    group = {a.name: a.i for a in n.attribute}.get('group', 1)
    d = weights[n.input[1]]
    print(f'conv{i}', 'depthwise' if group > 1 else '1x1' if d[2:] == [1, 1] else 'other', sep='\t')
END_PY
    TIMEFORMAT='%U %S'
    { time tv-attrib -q --profile -m "$net.onnx" some.tv -o many.tv 2>profile.tsv; } 2>took
    awk -v net="$net" '{printf "%s\tthe system takes %.1f %% of the time\n", net, 100 * $2 / ($1 + $2)}' took
    awk -F'\t' -v net="$net" '
        NR == FNR {kind[$1] = $2; next}
        kind[$1] == "depthwise" || kind[$1] == "1x1" {
            key = kind[$1] "\t" $2; n[key]++; took[key] += $3; best[key] += $3 * $7
            if ($7 < .6) low[key] = low[key] " " $1 ":" $7
        }
        END {for (key in n) printf "%s\t%s\t%d layers\t%.2f of the roofline\tbelow .60:%s\n", net, key, n[key],
            best[key] / took[key], low[key] == "" ? " none" : low[key]}' kinds.tsv profile.tsv | sort
done
