#!/bin/sh
# Makes this engine a Swarm manager, unless it is one, and prints the Swarm's id.
# A Swarm that this made says so in a label of its node, so that only such a one is left at destroy.
set -eu
state=$(docker info --format '{{.Swarm.LocalNodeState}}')
case $state in
active)
  if [ "$(docker info --format '{{.Swarm.ControlAvailable}}')" != true ]; then
    echo "This engine is a worker of another Swarm. Leave it (docker swarm leave) and run this again." >&2
    exit 1
  fi
  ;;
inactive)
  said=$(docker swarm init --advertise-addr "$ADVERTISE" --listen-addr "$ADVERTISE:2377" 2>&1) || true
  # An engine that takes more than 20 s over it says so, and goes on by itself.
  tries=0
  until [ "$(docker info --format '{{.Swarm.ControlAvailable}}')" = true ]; do
    tries=$((tries + 1))
    if [ "$tries" -ge 180 ] || [ "$(docker info --format '{{.Swarm.LocalNodeState}}')" = inactive ]; then
      echo "This engine does not become a Swarm manager: $said" >&2
      exit 1
    fi
    sleep 1 # between two looks: an engine that is no manager yet has no events of it
  done
  # "self" is a name to `docker node inspect` only.
  node=$(docker info --format '{{.Swarm.NodeID}}')
  docker node update --label-add semesterhub.made=true "$node" >/dev/null
  ;;
*)
  echo "This engine's Swarm is in the state '$state'. Look at 'docker info', then leave it (docker swarm leave --force) and run this again." >&2
  exit 1
  ;;
esac
# A machine that is too busy to report counts as dead after three of these, and its students' servers
# are killed. Swarm's own 5 s are less than an overloaded machine may take to answer.
node=$(docker info --format '{{.Swarm.NodeID}}')
if [ "$(docker node inspect "$node" --format '{{index .Spec.Labels "semesterhub.made"}}')" = true ] &&
  [ "$(docker info --format '{{.Swarm.Cluster.Spec.Dispatcher.HeartbeatPeriod}}')" != 30s ]; then
  docker swarm update --dispatcher-heartbeat 30s >/dev/null
fi
# Beside other machines, services say which one they are for.
if [ -n "${NODE_NAME:-}" ]; then
  docker node update --label-add "semesterhub.node=$NODE_NAME" \
    --label-add "semesterhub.role.$STACK=hub" "$node" >/dev/null
fi
docker info --format '{{.Swarm.Cluster.ID}}'
