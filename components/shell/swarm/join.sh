#!/bin/sh
# Joins the Swarm SWARM, whose manager is MANAGER, as a worker, and prints this node's id. The token
# comes on standard input and goes to the engine's API: as an argument of `docker swarm join` it would
# be in the process list. Which Swarm a node is in only managers know, so a mark says it here, in a
# folder that goes when the node leaves; it is there before the node joins, for who is cut off meanwhile.
set -eu
token=$(cat)
marks=$(docker info --format '{{.DockerRootDir}}')/swarm/semesterhub
state() { docker info --format '{{.Swarm.LocalNodeState}}'; }
mark() {
  mkdir -p "$marks"
  printf '%s\n' "$SWARM" >"$marks/$STACK"
}

if [ "$(state)" != inactive ]; then
  known=$(cat "$marks"/* 2>/dev/null | sort -u)
  if [ -z "$known" ]; then
    echo "This machine is in a Swarm that semesterhub did not make. Leave it (docker swarm leave) and run this again." >&2
    exit 1
  fi
  # The manager was made anew: its Swarm is another one, and the one that this node is in is no more. Or
  # the engine gave up: it has no way back into the Swarm but to join again.
  if [ "$known" != "$SWARM" ] || [ "$(state)" = error ]; then
    docker swarm leave --force >/dev/null
    # Docker 26 may gossip on as the one that it was ("unknown to memberlist" in its journal, for good): no
    # service on it is found by its name. Nothing of a Swarm runs here now.
    systemctl restart docker
  fi
fi

if [ "$(state)" = inactive ]; then
  mark
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkfifo "$work/answered"
  exec 3<>"$work/answered"
  body=$(printf '{"ListenAddr":"%s:2377","AdvertiseAddr":"%s","RemoteAddrs":["%s:2377"],"JoinToken":"%s"}' \
    "$ADVERTISE" "$ADVERTISE" "$MANAGER" "$token")
  # The connection is held open until the answer is there.
  {
    printf 'POST /v1.41/swarm/join HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n'
    printf 'Content-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' "${#body}" "$body"
    read -r _ <&3
  } | {
    docker system dial-stdio >"$work/answer"
    echo >&3
  }
  # An engine that takes more than 20 s over it says so, and goes on by itself.
  if ! head -n 1 "$work/answer" | grep -q ' 200 ' && ! grep -q 'continue in the background' "$work/answer"; then
    rm -f "$marks/$STACK"
    echo "This machine could not join the Swarm at $MANAGER:2377. Its engine says:" >&2
    tail -n 1 "$work/answer" >&2
    exit 1
  fi
fi

tries=0
until [ "$(state)" = active ]; do
  tries=$((tries + 1))
  if [ "$tries" -ge 180 ]; then
    docker info --format '{{.Swarm.LocalNodeState}}: {{.Swarm.Error}}' >&2
    echo "This machine did not get into the Swarm at $MANAGER:2377 within 180 s. Are the ports 2377/tcp, 7946 and 4789/udp open between the machines?" >&2
    exit 1
  fi
  sleep 1 # between two looks: only a manager's engine has an event for a node that joins
done
mark
docker info --format '{{.Swarm.NodeID}}'
