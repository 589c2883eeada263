import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ids } from "../../../components/lib/ids";
import { nginxConfig } from "../../../components/proxyHost/nginxConfig";
import { root } from "../../lib/semester";
import { until } from "../../lib/until";
import { docker } from "./engine";
import type { Images } from "./images";
import { loopback, memory, stack, subnets } from "./names";
import { Side, type Hub, type Server } from "./side";

/** Our side: hub, chp, homes and firewall as `up` starts them, and nginx before them if asked for. */
export async function startOurs(
  images: Images,
  server: Server,
  names: readonly string[],
  { nginx = false, host = loopback } = {},
): Promise<Hub> {
  const side = new Side("ours", images, host);
  const control = await side.network("control", subnets.oursControl);
  const course = await side.network("course", subnets.oursCourse);
  const storage = await storageTree(side);
  const chp = await side.chp(control, subnets.oursControl, [course]);
  const origin = nginx ? await startNginx(side, control) : chp;
  await startFirewall(side);
  await side.service("homes", images.homes, [
    ...["--mount", `type=bind,source=${storage},target=/srv/semesterhub`],
    ...["--env", `HOMES_PATH=${storage}/homes`],
    ...["--cap-drop", "ALL", "--cap-add", "CHOWN", "--cap-add", "DAC_OVERRIDE"],
    ...["--health-cmd", "homes-health", "--health-interval", "2s"],
  ]);
  await startHub(side, { server, names, control, course, storage, origin });
  return side.ready(origin);
}

async function storageTree(side: Side): Promise<string> {
  const storage = join(side.folder, "storage");
  mkdirSync(storage);
  await docker([
    ...["run", "--rm", "--name", side.name("tree"), "--user", "0:0", "--network", "none"],
    ...["--volume", `${storage}:${storage}`],
    ...["--volume", `${join(root, "components/shell/storage/tree.sh")}:/tree.sh:ro`],
    ...[
      "--env",
      `STORAGE=${storage}`,
      "--env",
      `HUB_USER=${ids.hub}`,
      "--env",
      `DATABASE_USER=${ids.database}`,
    ],
    ...["--env", `COURSE_GROUP=${ids.courseGroup}`],
    ...["--entrypoint", "sh", side.images.homes, "/tree.sh"],
  ]);
  return storage;
}

async function startFirewall(side: Side): Promise<void> {
  const capabilities = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"];
  const name = side.name("firewall");
  await docker([
    ...["run", "--detach", "--name", name, "--pid", "host", "--network", "none"],
    ...["--read-only", "--tmpfs", "/run", "--cap-drop", "ALL", "--cpu-shares", "8192"],
    ...capabilities.flatMap((capability) => ["--cap-add", capability]),
    ...["--volume", "/var/run/docker.sock:/var/run/docker.sock"],
    ...["--env", `COURSE_SUBNET=${subnets.oursCourse}`, "--env", `STACK=${stack}`],
    side.images.firewall,
  ]);
  await until("the firewall", async () => {
    await docker(["exec", name, "firewall-health"]);
    return true;
  });
}

async function startNginx(side: Side, control: string): Promise<string> {
  const key = await docker(["exec", side.name("chp"), "cat", "/run/secrets/chp-key"]);
  const folder = side.shared("proxy", { "site.conf": nginxConfig({ httpsPort: 8443 }) });
  side.shared("proxy/tls", {
    "server.crt": side.authority,
    "server.key": key,
    "ca.crt": side.authority,
  });
  const name = side.name("proxy");
  await docker([
    ...["run", "--detach", "--name", name, "--network", control, "--read-only", "--tmpfs", "/tmp"],
    ...["--cap-drop", "ALL", "--memory", "512m", "--publish", `${side.host}::8443`],
    ...["--volume", `${folder}:/etc/semesterhub:ro`, side.images.proxy],
  ]);
  return side.origin(name, 8443);
}

interface HubArgs {
  readonly server: Server;
  readonly names: readonly string[];
  readonly control: string;
  readonly course: string;
  readonly storage: string;
  readonly origin: string;
}

async function startHub(side: Side, args: HubArgs): Promise<void> {
  const { server, names, control, course, storage, origin } = args;
  const random = (): string => randomBytes(32).toString("hex");
  const settings = {
    ...{ stack, title: "Benchmark", publicUrl: origin, firewall: true },
    databaseUrl: "sqlite:////srv/hub/jupyterhub.sqlite",
    homesUrl: "unix:///run/semesterhub/homes.sock",
    keepsDatabase: false,
    ...{ courseNetwork: course, chpApiUrl: "http://chp:8001", hubUrl: "http://hub:8081" },
    servicePrefix: side.name("student"),
    notebook: { image: server.image, interface: "lab" },
    storage: { exchange: `${storage}/exchange`, shared: `${storage}/shared` },
    limits: {
      ...{ memoryBytes: memory.limit, memoryReservedBytes: memory.reserved },
      ...{ cpus: 1, cpusReserved: 0, pids: 512 },
    },
    spawn: { concurrent: 0, timeoutSeconds: 300, activeServers: 0 },
    cull: {
      idleMinutes: 60,
      kernelIdleMinutes: 30,
      busyMinutes: 1440,
      maxAgeHours: 0,
      everyMinutes: 10,
    },
    login: { method: "dummy" },
    staffMayEnterServers: false,
  };
  const roster = { students: names, staff: ["teacher"], groups: {} };
  const mount = (source: string, target: string): string[] => [
    "--mount",
    `type=bind,source=${source},target=${target}`,
  ];
  await side.service("hub", side.images.hub, [
    ...["--network", `name=${control},alias=hub`, "--network", `name=${course},alias=hub`],
    ...side.engineSocket(),
    ...mount(`${storage}/hub`, "/srv/hub"),
    ...mount(`${storage}/run`, "/run/semesterhub"),
    ...["--read-only", "--mount", "type=tmpfs,target=/tmp", "--cap-drop", "ALL", "--init"],
    ...["--health-cmd", "semesterhub-health", "--health-interval", "5s"],
    ...["--health-start-period", "180s"],
    ...(await side.config("/etc/semesterhub/hub.json", JSON.stringify(settings))),
    ...["--env", "SEMESTERHUB_ROSTER=/etc/semesterhub/roster.json"],
    ...(await side.config("/etc/semesterhub/roster.json", JSON.stringify(roster))),
    ...(await side.secrets(ids.hub, {
      ...{ "cookie-secret": random(), "crypt-key": random(), "proxy-token": side.token },
      ...{ "cull-token": random(), "operator-token": random() },
      "login-secret": JSON.stringify({ password: side.password }),
    })),
  ]);
}
