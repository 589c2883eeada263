"""JupyterHub's configuration: what /etc/semesterhub says, in JupyterHub's words."""

import os
from urllib.parse import urlsplit

import aiohttp.connector
import aiohttp.resolver
from semesterhub import auth, own_templates, pages, roles
from semesterhub.doors import FRONT_PORT, INNER_PORT
from semesterhub.proxy import CourseProxy
from semesterhub.roster import load_roster
from semesterhub.settings import key, load_settings, login_secret, optional_secret, secret
from semesterhub.spawner import CLEANUP_SECONDS, QUEUE_SECONDS, SemesterSpawner

settings = load_settings()
roster = load_roster()
c = get_config()  # noqa: F821 (JupyterHub provides it)

# aiohttp would ask c-ares, which keeps Docker's answers for their 600 s: a service that was
# restarted is then dialled at its old address for minutes. The C library asks each time.
aiohttp.connector.DefaultResolver = aiohttp.resolver.ThreadedResolver
c.JupyterHubHTTPClient.connector_options = {"use_dns_cache": False, "force_close": True}
c.JupyterHubHTTPClient.session_options = {
    "timeout": aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=20)
}

# browsers come through the proxy to the one, servers and tools to the other (semesterhub/doors.py)
c.JupyterHub.hub_bind_url = f"http://:{FRONT_PORT}"
c.JupyterHub.hub_connect_url = f"http://{urlsplit(settings.hub_url).hostname}:{FRONT_PORT}"
c.SemesterHub.inner_port = INNER_PORT
c.Spawner.hub_connect_url = settings.hub_url
c.JupyterHub.public_url = settings.public_url
if settings.subdomains:
    c.JupyterHub.subdomain_host = settings.public_url
c.JupyterHub.db_url = settings.database_url
c.JupyterHub.cookie_secret = key("cookie-secret")
c.CryptKeeper.keys = [key("crypt-key")]
c.JupyterHub.authenticate_prometheus = True
c.JupyterHub.template_paths = own_templates.paths(settings.face.templates)
c.JupyterHub.template_vars = pages.template_vars(settings)

# a hub that restarts drops nobody
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False
c.JupyterHub.proxy_class = CourseProxy
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = settings.chp_api_url
c.ConfigurableHTTPProxy.auth_token = secret("proxy-token")

c.JupyterHub.spawner_class = SemesterSpawner
# JupyterHub would refuse who comes when so many are starting; the spawner lets them wait in line
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.active_server_limit = settings.spawn.active_servers
# to JupyterHub a limit of 0 is none
c.JupyterHub.allow_named_servers = settings.limits.named_servers > 0
c.JupyterHub.named_server_limit_per_user = settings.limits.named_servers
c.Spawner.start_timeout = QUEUE_SECONDS + settings.spawn.timeout_seconds + CLEANUP_SECONDS
# the spawner itself waits until a server answers; this is for a hub that was restarted meanwhile
c.Spawner.http_timeout = max(60, settings.spawn.timeout_seconds)
c.Spawner.default_url = "/lab" if settings.notebook.interface == "lab" else "/tree"
c.DockerSpawner.image = settings.notebook.image

login = settings.login
c.JupyterHub.authenticator_class = auth.CLASSES[login.method]
c.Authenticator.update(auth.common(roster, settings.title, settings.contact))
c[auth.CLASSES[login.method].rpartition(".")[2]].update(
    auth.options(login, login_secret(), settings.public_url)
)
c.JupyterHub.load_groups = {
    group: {"users": list(names)} for group, names in roster.all_groups.items()
}
optional = {name: token for name in roles.OPTIONAL if (token := optional_secret(f"{name}-token"))}
c.JupyterHub.custom_scopes = roles.CUSTOM_SCOPES
c.JupyterHub.load_roles = roles.roles(
    roster,
    staff_may_enter_servers=settings.staff_may_enter_servers,
    optional=optional,
)
names = (roles.CULL, roles.OPERATOR, roles.GRADING, roles.STATISTICS)
c.JupyterHub.services = roles.services(
    {name: secret(f"{name}-token") for name in names} | optional,
    settings.grading_url,
    settings.statistics_url,
)

c.JupyterHub.log_level = os.environ.get("SEMESTERHUB_LOG_LEVEL", "INFO")
