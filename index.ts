// One stack of this program is one semester of one course.
import "./components/lib/sdkStartup"; // ahead of the SDK
import * as pulumi from "@pulumi/pulumi";
import { Alerts } from "./components/alerts";
import { BackupJob, PreDestroyBackup } from "./components/backupJob";
import { CertificateAuthority } from "./components/certificateAuthority";
import { CourseCheck, reachOf } from "./components/courseCheck";
import { environmentsOf, HubHost, serverImages } from "./components/hubHost";
import { databaseServers, HubService } from "./components/hubService";
import { refuseOlderState } from "./components/lib/olderState";
import { createPlatform } from "./components/machines";
import { Monitoring } from "./components/monitoring";
import { NfsExport } from "./components/nfsExport";
import { NodePool } from "./components/nodePool";
import { courseSite, ProxyHost } from "./components/proxyHost";
import { SwarmCluster } from "./components/swarmCluster";
import { loadConfig } from "./config";

const config = loadConfig();
const { stack } = config;
void refuseOlderState(stack); // a rejection ends the program
const authority = new CertificateAuthority("authority", { stack });
const platform = createPlatform(config, authority);
const { single, ports } = platform;

// The machines: each component that needs one asks the platform for it.
const proxy = new ProxyHost("proxy", { platform });
const hub = new HubHost("hub", { platform });
const files = new NfsExport("files", { stack, platform, hub: hub.machine, ...config.storage });
const nodes = new NodePool("nodes", { platform });
const swarm = new SwarmCluster("swarm", {
  ...{ stack, single, manager: hub.machine, nodes: nodes.machines },
  ...(files.apart && { storage: files.machine }),
  ...config.networks,
  ...config.health,
});

// What runs on them.
const images = hub.provideImages({
  ...{ stack, authority, cluster: swarm, layers: files.folder("registry"), folder: "images" },
  ...(config.images && { images: config.images }),
  environments: environmentsOf(config),
});
const { servers, firewall } = nodes.admitStudents({
  ...{ stack, images, cluster: swarm, hub: hub.machine, folders: files.exportTo(nodes.machines) },
  servers: serverImages(config),
  networks: config.networks,
  drainMinutes: config.cull.drainMinutes,
  trusting: [...platform.trusting, ...databaseServers(config)],
  limits: config.student,
});
const backups = new BackupJob("backups", {
  ...{ stack, cluster: swarm, machine: files.machine, storage: files.path },
  image: images.on(files.machine, "backup").reference,
  ...config.backup,
  ...(platform.objectStore && { createStore: platform.objectStore }),
});
const site = courseSite(config, proxy.machine);
const jupyterhub = new HubService("jupyterhub", {
  ...{ config, machine: hub.machine, single, ports, images, authority },
  ...{ servers, cluster: swarm, storage: files, publicUrl: site.url },
  after: [nodes, backups],
});
const { nginx, version: proxyVersion } = proxy.serve({
  ...{ stack, site, authority, images, proxy: config.proxy, ...config.health },
  ...{ course: config.course, face: config.face },
  chp: single
    ? { network: swarm.controlNetwork, service: jupyterhub.chp, folder: files.folder("proxy") }
    : { address: hub.machine.privateAddress, port: ports.chp },
});
const { alerts, monitoring } = config;
const watch =
  alerts &&
  jupyterhub.alertsToken &&
  new Alerts("alerts", {
    ...{ stack, alerts, authority, images, cluster: swarm, storage: files },
    ...{ hub: hub.machine, nodes: nodes.machines, title: config.course.title },
    acme: config.proxy.tls.source === "acme",
    publicUrl: site.url,
    token: jupyterhub.alertsToken,
    ...(jupyterhub.monitoringToken && { monitoringToken: jupyterhub.monitoringToken }),
    after: [jupyterhub.hub, nginx],
  });
const recorder =
  monitoring &&
  watch &&
  jupyterhub.monitoringToken &&
  new Monitoring("monitoring", {
    ...{ stack, monitoring, images, cluster: swarm, storage: files, hub: hub.machine },
    token: jupyterhub.monitoringToken,
    after: [jupyterhub.hub, watch.service],
  });
const reach = reachOf({ single, authority, proxy: config.proxy, proxyMachine: proxy.machine });
const courseCheck = new CourseCheck("check", {
  ...{ machine: hub.machine, reach, jupyterhub, versions: [proxyVersion, servers.usual] },
  after: [proxy, nodes, backups],
});
new PreDestroyBackup("pre-destroy", {
  machine: files.machine,
  backups,
  course: [jupyterhub, proxy, nodes, courseCheck],
});

export const { url } = site;
/** How people prove who they are, and how many may; who they are is nobody's business here. */
export const login = {
  method: config.login.method,
  students: config.roster.students.length,
  staff: config.roster.staff.length,
};
/** Everybody's, where the login method is "dummy". */
export const password = jupyterhub.password ?? null;
export const services = {
  hub: jupyterhub.hub.name,
  chp: jupyterhub.chp.name,
  homes: jupyterhub.homes.name,
  cull: jupyterhub.cull.name,
  statistics: jupyterhub.statistics.name,
  grading: jupyterhub.grading.service.name,
  intake: jupyterhub.grading.intake.name,
  sandbox: jupyterhub.grading.sandbox.name,
  backup: backups.service.name,
  ...(watch && { alerts: watch.service.name }),
  ...(recorder && { monitoring: recorder.service.name }),
};
export const containers = { proxy: nginx.name, firewall };
export const storage = { path: files.path, backups: config.backup.target };
export const addresses = {
  proxy: proxy.machine.publicAddress,
  hub: hub.machine.privateAddress,
};
/** What npm run check and npm run rehearse need to know. */
export { reach };
export const certificateAuthority = authority.certificate;
export const backupPassphrase = pulumi.secret(backups.passphrase);
