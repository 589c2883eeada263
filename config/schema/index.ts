/**
 * Every key of the configuration: its type, meaning, default and example. Unknown keys are
 * refused at every level. What concerns several keys at once is in checks.ts.
 */
import { z } from "zod";
import { absolutePath, cidr, count, day, domain, entry, file, line, service, size } from "./entry";
import { groupName, userName } from "./names";
import { alerts } from "./alerts";
import { backup } from "./backup";
import { openstack } from "./cloud";
import { environment } from "./environment";
import { face } from "./face";
import { grading, timezone } from "./grading";
import { images } from "./images";
import { database } from "./database";
import { login } from "./login";
import { hosts, local } from "./machines";
import { monitoring } from "./monitoring";
import { profiles } from "./profiles";
import { cull, health, spawn, staff, student } from "./servers";
import { statistics } from "./statistics";
import { tls } from "./tls";

const platform = entry(z.enum(["local", "hosts", "openstack"]), {
  about:
    "Where the machines come from: `local` is this computer, `hosts` machines that exist " +
    "already, `openstack` machines that the program makes.",
  expects: "local, hosts or openstack",
  example: "local",
}).default("local");

const course = entry(
  z.strictObject({
    title: entry(line(80), {
      about: "The course's name, as people see it on the login page.",
      expects: "a line of text (in quotes where it is only a number)",
      example: "Data Science 101",
    }),
    contact: entry(line(120), {
      about: "Whom people ask for help: a name, an address, a room. The hub's pages show it.",
      expects: "a line of text",
      example: "Grace Hopper (hopper@example.edu)",
      default: "the course's staff",
    }).optional(),
    starts: entry(day(), {
      about: "The first day of the semester.",
      expects: "a day",
      example: "2026-09-01",
      default: "not stated",
    }).optional(),
    ends: entry(day(), {
      about: "The last day of the semester.",
      expects: "a day",
      example: "2027-01-31",
      default: "not stated",
    }).optional(),
    timezone,
  }),
  { about: "The course.", expects: "a section with title" },
);

const port = () => count(1, 65535);

const proxy = entry(
  z.strictObject({
    domain: entry(domain(), {
      about: "The name that browsers ask for.",
      expects: "a domain name",
      example: "jupyter.example.edu",
      default: "`localhost` on `local`; elsewhere the proxy machine's address",
    }).optional(),
    port: entry(port(), {
      about: "The port of HTTPS.",
      expects: "a port number",
      example: 8443,
      default: "8443 on `local`, 443 elsewhere",
    }).optional(),
    publicPort: entry(port(), {
      about:
        "The port of HTTPS as browsers see it, where a balancer of the campus or another forwarding" +
        " stands before the proxy. Redirects, the login's callback and all links lead there.",
      expects: "a port number",
      example: 443,
      default: "`port`",
    }).optional(),
    httpPort: entry(port(), {
      about: "The port whose visitors are sent on to HTTPS.",
      expects: "a port number",
      example: 8080,
      default: "none on `local`, 80 elsewhere",
    }).optional(),
    subdomains: entry(z.boolean(), {
      about:
        "Does each person's server have a name of its own, such as `ada.jupyter.example.edu`? Then a " +
        "page that one person serves can't act as another who looks at it. The name's zone and the " +
        "certificate must have `*.` and the domain, too (docs/certificates.md).",
      expects: "true or false",
      example: true,
    }).default(false),
    uploadLimit: entry(size(2 ** 20, 512 * 2 ** 20), {
      about:
        "The largest request to a person's server: a notebook that is saved, with its outputs. " +
        "Larger files go through JupyterLab's upload, which sends them in pieces.",
      expects: "a size from 1M to 512M, which is what Jupyter itself takes",
      example: "100M",
    }).prefault("512M"),
    tls,
  }),
  { about: "How browsers reach the hub.", expects: "a section" },
).prefault({});

const names = (about: string, example: readonly string[]) =>
  entry(z.array(userName()), {
    about,
    expects: "a list of user names (in quotes where they are only digits)",
    example,
  }).default([]);

const roster = entry(
  z.strictObject({
    file: entry(file(), {
      about:
        "A CSV file whose first line is `username,role,groups`; a role is `student` or `staff`, " +
        "several groups are separated by semicolons. It is added to the lists below.",
      expects: "the path of a CSV file",
      example: "roster.csv",
      default: "no file",
    }).optional(),
    students: names("Who takes the course.", ["ada", "alan"]),
    staff: names("Who teaches it: they see all servers and can stop them.", ["teacher"]),
    groups: entry(z.record(groupName(), z.array(userName())), {
      about: "People of the roster by group.",
      expects: "group names, each with a list of user names",
      example: { "lab-1": ["ada"] },
    }).default({}),
    folders: entry(z.array(line(64)), {
      about:
        "Groups whose members share a folder, `/srv/groups/NAME`, which nobody else sees into. With a " +
        "`*` at its end, an entry means all groups that begin so; `*` alone means all.",
      expects: "a list of groups of the roster",
      example: ["project-*"],
    }).default([]),
  }),
  { about: "Who may log in, and as what. Nobody else gets in.", expects: "a section" },
).prefault({});

const storage = entry(
  z.strictObject({
    path: entry(absolutePath(), {
      about: "The folder on the hub's machine that holds homes, exchange and databases.",
      expects: "an absolute path",
      example: "/var/lib/semesterhub/dev",
      default: "`/var/lib/semesterhub/<stack>`",
    }).optional(),
    shared: entry(z.boolean(), {
      about:
        "Whether every machine has that folder already, from the campus's file system. Otherwise " +
        "the hub's machine keeps it and exports it to the nodes over NFS.",
      expects: "true or false",
      example: true,
    }).default(false),
    exchangeQuota: entry(size(2 ** 30, 2 ** 60), {
      about:
        "Disk space of the exchange, which is all students' together; with student.homeQuota, where " +
        "the file system has project quotas (XFS).",
      expects: "a size",
      example: "100G",
      default: "20 times `student.homeQuota`",
    }).optional(),
  }),
  { about: "Where the data is.", expects: "a section" },
).prefault({});

const networks = entry(
  z.strictObject({
    course: entry(cidr(), {
      about: "Addresses of the students' servers: at least two for each person, and 16 more.",
      expects: "a private IPv4 network",
      example: "10.11.16.0/20",
    }).prefault("10.11.16.0/20"),
    control: entry(cidr(), {
      about: "Addresses of the hub, the proxy and their services.",
      expects: "a private IPv4 network",
      example: "10.11.0.0/24",
    }).prefault("10.11.0.0/24"),
    allow: entry(z.array(service()), {
      about:
        "TCP services on private addresses that students' servers may use, such as a license " +
        "server; all other private addresses are closed to them.",
      expects: "a list of addresses or networks, each with a port",
      example: ["10.1.2.3:27000", "10.1.4.0/24:80"],
    }).default([]),
    block: entry(z.array(cidr()), {
      about:
        "More networks that students' servers must not reach, such as the campus's public " +
        "addresses; what `allow` names in them stays open.",
      expects: "a list of IPv4 networks",
      example: ["192.0.2.0/24"],
    }).default([]),
    encrypted: entry(z.boolean(), {
      about:
        "Whether containers' traffic from one machine to another is encrypted. The kernel must be " +
        "able to (ESP), as Debian's is; without, nobody else may be on the machines' network.",
      expects: "true or false",
      example: true,
    }).default(true),
    mtu: entry(count(1280, 9000), {
      about:
        "The largest packet, in bytes, that the network between the machines carries (`ip link` on " +
        "one shows it); many clouds have 1450. Containers' packets are smaller by what wraps them.",
      expects: "a number of bytes",
      example: 1450,
      default: "1500, as Docker assumes",
    }).optional(),
    bridges: entry(cidr(), {
      about:
        "Addresses that Docker uses inside of each machine, on `hosts` and `openstack`: a network " +
        "that nobody on the campus has.",
      expects: "a private IPv4 network",
      example: "172.30.0.0/16",
    }).prefault("172.30.0.0/16"),
  }),
  {
    about: "The networks between the containers, and what students' servers reach outside.",
    expects: "a section",
  },
).prefault({});

/** Every section, in the order of the reference page. */
export const sections = {
  platform,
  course,
  face,
  roster,
  login,
  proxy,
  student,
  spawn,
  cull,
  health,
  grading,
  statistics,
  staff,
  storage,
  database,
  backup,
  alerts: alerts.optional(),
  monitoring,
  networks,
  environment: environment.optional(),
  profiles,
  images: images.optional(),
  local: local.optional(),
  hosts: hosts.optional(),
  openstack: openstack.optional(),
};

/** A configuration as the schema leaves it: checked key by key, not yet as a whole. */
export type Sections = {
  [Name in keyof typeof sections]: z.output<(typeof sections)[Name]>;
};
