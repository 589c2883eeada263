# shellcheck shell=sh
# A login shell's /etc/profile sets PATH anew: the course's Python comes first again.
PATH="/opt/notebook/bin:$PATH:$HOME/.local/bin"
export PATH
