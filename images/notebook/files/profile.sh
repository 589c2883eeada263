# shellcheck shell=sh
# A login shell's /etc/profile sets PATH anew: the student's own commands come first again, then the
# course's.
PATH="$HOME/.local/bin:/usr/local/bin:/opt/notebook/bin:$PATH"
export PATH
