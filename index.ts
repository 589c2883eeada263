// One stack of this program is one semester of one course.
import "./components/lib/sdkStartup"; // ahead of the SDK
import * as pulumi from "@pulumi/pulumi";
import { BackupJob, PreDestroyBackup } from "./components/backupJob";
import { CertificateAuthority } from "./components/certificateAuthority";
import { HubHost } from "./components/hubHost";
import { HubService } from "./components/hubService";
import { NfsExport } from "./components/nfsExport";
import { NodePool } from "./components/nodePool";
import { createMachines } from "./components/machines";
import { courseSite, ProxyHost } from "./components/proxyHost";
import { SwarmCluster } from "./components/swarmCluster";
import { loadConfig } from "./config";

const config = loadConfig();
const { stack } = config;
/** Every Docker object's name starts with this, so that two stacks can share one engine. */
const name = `semesterhub-${stack}`;

const authority = new CertificateAuthority(name);
const machines = createMachines(name, config, authority);
const site = courseSite(config, machines.proxy);

const swarm = new SwarmCluster(name, {
  stack,
  machines,
  ...config.networks,
  ...config.health,
});
const files = new NfsExport(name, {
  stack,
  machines,
  ...config.storage,
  path: machines.storagePath ?? config.storage.path,
});
const host = new HubHost(name, {
  stack,
  machines,
  imagesFolder: "images",
  ...(config.images && { images: config.images }),
  cluster: swarm,
  storage: files,
  authority,
});

const pool = new NodePool(name, {
  stack,
  machines,
  cluster: swarm,
  storage: files,
  host,
  drainMinutes: config.cull.drainMinutes,
  platform: config.platform,
  networks: config.networks,
  limits: config.student,
});
const backups = new BackupJob(name, {
  stack,
  machine: machines.storage,
  cluster: swarm,
  image: host.images.backup,
  storage: files,
  ...config.backup,
  ...(machines.objectStore && { objectStore: machines.objectStore }),
});
const jupyterhub = new HubService(name, {
  config,
  machines,
  host,
  cluster: swarm,
  storage: files,
  authority,
  publicUrl: site.url,
  after: [pool, backups],
});
const proxy = new ProxyHost(name, {
  stack,
  machines,
  proxy: config.proxy,
  site,
  authority,
  host,
  storage: files,
  cluster: swarm,
  chp: jupyterhub.chp,
});
new PreDestroyBackup(name, {
  machine: machines.storage,
  backups,
  course: [jupyterhub, proxy, pool],
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
  grading: jupyterhub.grading.service.name,
  intake: jupyterhub.grading.intake.name,
  sandbox: jupyterhub.grading.sandbox.name,
  backup: backups.service.name,
};
export const containers = { proxy: proxy.container.name, firewall: pool.firewall };
export const storage = { path: files.path, backups: config.backup.target };
export const addresses = {
  proxy: machines.proxy.publicAddress,
  hub: machines.hub.privateAddress,
};
export const certificateAuthority = authority.certificate;
export const backupPassphrase = pulumi.secret(backups.passphrase);
