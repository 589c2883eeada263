#!/bin/sh
# The engine is on its unix socket alone again, and its key is gone.
set -eu
systemctl --quiet disable --now semesterhub-engine 2>/dev/null || true
rm -f /etc/systemd/system/semesterhub-engine.service
rm -rf /etc/semesterhub/engine
systemctl daemon-reload
