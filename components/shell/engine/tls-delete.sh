#!/bin/sh
# The engine is on its unix socket alone again, and its key is gone.
set -eu
systemctl --quiet disable --now "semesterhub-$ENGINE" 2>/dev/null || true
rm -f "/etc/systemd/system/semesterhub-$ENGINE.service"
rm -rf "/etc/semesterhub/$ENGINE"
systemctl daemon-reload
