"""A plain JupyterHub with SwarmSpawner, as in its documentation: what ours is measured against."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub provides it)

c.JupyterHub.hub_bind_url = "http://:8081"
c.JupyterHub.hub_connect_url = "http://hub:8081"
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = "http://chp:8001"
c.ConfigurableHTTPProxy.auth_token = Path("/run/secrets/proxy-token").read_text().strip()

c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.DummyAuthenticator.password = Path("/run/secrets/password").read_text().strip()

c.JupyterHub.spawner_class = "dockerspawner.SwarmSpawner"
c.SwarmSpawner.image = os.environ["NOTEBOOK_IMAGE"]
c.SwarmSpawner.prefix = os.environ["PREFIX"]
c.SwarmSpawner.network_name = os.environ["NETWORK"]
c.SwarmSpawner.extra_endpoint_spec = {"mode": "dnsrr"}
# the tiny server's command is its image's own
command = os.environ["COMMAND"].split()
if command:
    c.Spawner.cmd = command
c.Spawner.default_url = "/lab"
c.Spawner.environment = {"HOME": "/tmp/home"}
c.SwarmSpawner.extra_container_spec = {
    "user": "20000:20000",
    "workdir": "/tmp",
}

# what ours has, too
c.SwarmSpawner.mem_limit = int(os.environ["MEMORY"])
c.SwarmSpawner.mem_guarantee = int(os.environ["MEMORY_RESERVED"])
c.SwarmSpawner.cpu_limit = 1
c.JupyterHub.concurrent_spawn_limit = 0
# a storm takes its time; none shall fail for it
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300
