#!/bin/sh
# What more than one script of these folders calls; each gets what it calls (components/lib/shell.ts).

# Prints the container of a service. One that did not change may be on its way all the same: to a machine
# that was made anew. Its arguments: the service, what people call it, and what `npm run logs` calls it.
wait_for_container() {
  tries=0
  until container=$(docker ps --quiet --filter "label=com.docker.swarm.service.name=$1" | head -n 1) && [ -n "$container" ]; do
    tries=$((tries + 1))
    if [ "$tries" -ge 120 ]; then
      echo "The $2 $1 does not run. Run 'npm run logs $3', then 'npm run up' again." >&2
      return 1
    fi
    sleep 1 # between two looks: this engine knows nothing of a container that is to come
  done
  echo "$container"
}
