#!/bin/sh
# Prints the first GPUS of this machine's NVIDIA GPUs, as a JSON list of their UUIDs, and has containers get
# those that the Swarm reserves for them, and no other. The driver and the toolkit are the operator's: a driver
# belongs to the kernel, and both come from places that Debian does not install from by itself.
set -eu
toolkit=/etc/nvidia-container-runtime/config.toml

command -v nvidia-smi >/dev/null || fail "the configuration says $GPUS GPU(s), and there is no driver. Install it and restart the machine: add contrib, non-free and non-free-firmware to its Debian sources, then apt-get install linux-headers-amd64 nvidia-driver nvidia-smi. docs/machines.md says more."
{ command -v nvidia-container-runtime && command -v nvidia-ctk; } >/dev/null || fail "there is no nvidia-container-runtime. Install NVIDIA's package nvidia-container-toolkit; docs/machines.md says from where."
found=$(nvidia-smi --query-gpu=uuid --format=csv,noheader 2>&1) || fail "nvidia-smi does not see the GPUs (after an update of the kernel or the driver, restart the machine): $found"
uuids=$(printf '%s\n' "$found" | tr -d ' \r' | grep -x 'GPU-[0-9a-fA-F-]*' || true)
count=$(printf '%s\n' "$uuids" | grep -c . || true)
[ "$count" -ge "$GPUS" ] || fail "the configuration says $GPUS GPU(s), and nvidia-smi shows $count. Write that number as gpus, or see why the others are missing: dmesg | grep -i nvrm"

# A Swarm's service can't ask for GPUs by itself: the engine says in this variable which it reserved. Where it
# is set, what an image says of its own (NVIDIA_VISIBLE_DEVICES=all) counts for nothing.
nvidia-ctk --quiet config --in-place --config-file="$toolkit" --set swarm-resource=DOCKER_RESOURCE_GPU ||
  fail "nvidia-ctk could not change $toolkit."
grep -q '^ *swarm-resource *= *"DOCKER_RESOURCE_GPU"' "$toolkit" || fail "$toolkit does not say swarm-resource = \"DOCKER_RESOURCE_GPU\": add the line at its top."

printf '%s\n' "$uuids" | head -n "$GPUS" | awk '{ printf "%s\"%s\"", (NR == 1 ? "[" : ","), $0 } END { print "]" }'
