#!/bin/bash
# As many open files as the engine allows: newer engines start with 1024, some 250 connections here.
set -eu
ulimit -n "$(ulimit -H -n)"
# -e: before it has read its configuration, nginx would write to a log file of root's.
exec nginx -e stderr -g "daemon off;"
