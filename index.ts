// One stack of this program is one semester of one course.
import * as pulumi from "@pulumi/pulumi";
import { BackupJob } from "./components/backupJob";
import { CertificateAuthority } from "./components/certificateAuthority";
import { HubHost } from "./components/hubHost";
import { HubService } from "./components/hubService";
import { NfsExport } from "./components/nfsExport";
import { NodePool } from "./components/nodePool";
import { createMachines } from "./components/platforms";
import { ProxyHost, publicUrl } from "./components/proxyHost";
import { SwarmCluster } from "./components/swarmCluster";
import { loadConfig } from "./config";

const config = loadConfig();
const { stack } = config;
/** Every Docker object's name starts with this, so that two stacks can share one engine. */
const name = `semesterhub-${stack}`;

const authority = new CertificateAuthority(name);
const machines = createMachines(name, config, authority);

const swarm = new SwarmCluster(name, {
  stack,
  manager: machines.hub,
  ...config.networks,
});
const files = new NfsExport(name, {
  machine: machines.hub,
  path: machines.storagePath ?? config.storage.path,
});
const host = new HubHost(name, { machine: machines.hub, imagesFolder: "images" });

const pool = new NodePool(name, {
  stack,
  nodes: machines.nodes,
  manager: machines.hub,
  firewallImage: host.images.firewall,
  courseSubnet: config.networks.course.cidr,
});
const backups = new BackupJob(name, {
  stack,
  machine: machines.hub,
  cluster: swarm,
  image: host.images.backup,
  storage: files,
  ...config.backup,
});
const jupyterhub = new HubService(name, {
  config,
  host,
  cluster: swarm,
  storage: files,
  authority,
  publicUrl: publicUrl(config.proxy),
  after: [pool, backups],
});
const proxy = new ProxyHost(name, {
  stack,
  machine: machines.proxy,
  proxy: config.proxy,
  authority,
  image: host.images.proxy,
  folder: files.folder("proxy"),
  network: swarm.controlNetwork,
  // Engine 20.10 loses a container that joins an overlay network as the last service leaves it.
  after: [jupyterhub.chp],
});

export const url = proxy.url;
export const login = {
  method: config.login.method,
  students: config.roster.students.slice(0, 3),
  staff: config.roster.staff.slice(0, 1),
};
/** Everybody's, where the login method is "dummy". */
export const password = jupyterhub.password ?? null;
export const services = {
  hub: jupyterhub.hub.name,
  chp: jupyterhub.chp.name,
  homes: jupyterhub.homes.name,
  cull: jupyterhub.cull.name,
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
export const next = [
  "npm run status      how the course is, on one screen",
  "npm run logs hub    what the hub says",
  "npm run backup      a backup now",
  "npm run down        ends the semester; files and backups stay",
];
