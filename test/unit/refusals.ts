/** Configurations that must be refused, and the message of each. */
import { changed, valid, type RawSections } from "./configHelp";

const oauth = { clientId: "id", clientSecret: "not-to-be-shown" };
const { hosts } = valid.hosts;
const { openstack } = valid.openstack;

/** A change of a valid configuration (of `base`, or the least on local), and what is said of it. */
export type Refusal = readonly [
  changes: RawSections,
  at: string,
  value: unknown,
  problem: string,
  fix: string,
  base?: RawSections,
];

/** A key that is absent has no value to show. */
export const absent = Symbol("absent");

const network = (keys: object) => ({ networks: keys });
const student = (keys: object) => ({ student: keys });
const course = (keys: object) => ({ course: { title: "T", ...keys } });
const roster = (keys: object) => ({ roster: { students: ["ada"], staff: ["grace"], ...keys } });
const onHosts = (keys: object): RawSections => ({ hosts: changed(hosts, keys) });
const onOpenStack = (keys: object): RawSections => ({ openstack: changed(openstack, keys) });

/** Each with the key, the value, what is wrong and how to put it right, as the message says them. */
// prettier-ignore
export const refusals: Readonly<Record<string, readonly Refusal[]>> = {
  "unknown keys": [
    [{ platfrom: "local" }, "platfrom", absent, "not a key", "did you mean platform?"],
    [{ volume: {} }, "volume", absent, "not a key", "known here: platform, course"],
    [course({ titel: "x" }), "course.titel", absent, "not a key", "did you mean title?"],
    [{ proxy: { Port: 1 } }, "proxy.Port", absent, "not a key", "did you mean port?"],
    [student({ mem: "1G" }), "student.mem", absent, "not a key", "nown here: memory, memoryReserved"],
    [{ login: { method: "native", clientId: "x" } }, "login.clientId", absent, "not a key", "known here: method"],
    [{ proxy: { tls: { source: "stack", email: "x" } } }, "proxy.tls.email", absent, "not a key", "source"],
    [onHosts({ hub: { address: "a", adress: "b" } }), "hosts.hub.adress", absent, "not a key", "did you mean address?", valid.hosts],
    [onOpenStack({ flavors: { ...openstack.flavors, nodes: "l" } }), "openstack.flavors.nodes", absent, "not a key", "did you mean node?", valid.openstack],
  ],
  "wrong types": [
    [course({ title: 101 }), "course.title", 101, "is a number, expected text", "in quotes"],
    [{ course: "Data Science" }, "course", "Data Science", "is text, expected a section", "a section with title"],
    [{ proxy: { port: "8443" } }, "proxy.port", "8443", "is text, expected a number", "a port number, for example 8443"],
    [roster({ students: "ada" }), "roster.students", "ada", "is text, expected a list", '["ada","alan"]'],
    [roster({ students: [4711] }), "roster.students[0]", 4711, "is a number, expected text", "in quotes"],
    [roster({ groups: ["lab"] }), "roster.groups", ["lab"], "is a list, expected a section", "group names"],
    [{ staff: { mayEnterServers: "yes" } }, "staff.mayEnterServers", "yes", "expected true or false", "true or false"],
    [student({ memory: 1024 }), "student.memory", 1024, "is a number, expected text", 'a size, for example "1.5G"'],
    [student({ cpus: null }), "student.cpus", null, "is empty, expected a number", "a number"],
  ],
  "missing keys": [
    [{ course: undefined }, "course", absent, "is missing", "a section with title"],
    [{ course: {} }, "course.title", absent, "is missing", "Data Science 101"],
    [{ login: {} }, "login.method", absent, "is missing", "dummy, native, google"],
    [{ login: undefined }, "login", absent, "is missing", "a section with `method`", valid.openstack],
    [{ login: { method: "google", clientId: "id", hostedDomains: ["example.edu"] } }, "login.clientSecret", absent, "is missing", "pulumi config set --secret"],
    [{ login: { method: "cilogon", ...oauth } }, "login.identityProviders", absent, "is missing", "entity IDs"],
    [{ proxy: { tls: {} } }, "proxy.tls.source", absent, "is missing", "stack, files, acme"],
    [{ proxy: { tls: { source: "files", key: "key.pem" } } }, "proxy.tls.certificate", absent, "is missing", "tls/fullchain.pem"],
    [{ hosts: undefined }, "hosts", absent, "is missing, and the platform is hosts", "add the section hosts", valid.hosts],
    [{ openstack: undefined }, "openstack", absent, "is missing, and the platform is openstack", "Pulumi.prod.yaml", valid.openstack],
    [onHosts({ hub: undefined }), "hosts.hub", absent, "is missing", "a machine", valid.hosts],
    [onOpenStack({ dataVolumeGb: undefined }), "openstack.dataVolumeGb", absent, "is missing", "3000", valid.openstack],
    [{ backup: {} }, "backup.target", absent, "must not stay on the machine", "sftp://", valid.hosts],
  ],
  "values out of range": [
    [{ platform: "aws" }, "platform", "aws", "not one of the known values", "local, hosts, openstack"],
    [{ login: { method: "gogle" } }, "login.method", "gogle", "did you mean google?", "dummy, native, google"],
    [{ spawn: { interface: "classic" } }, "spawn.interface", "classic", "not one of the known values", "lab, notebook"],
    [{ proxy: { port: 0 } }, "proxy.port", 0, "is less than 1", "a port number"],
    [{ proxy: { port: 70000 } }, "proxy.port", 70000, "is more than 65535", "a port number"],
    [{ proxy: { port: 8443.5 } }, "proxy.port", 8443.5, "is not a whole number", "a port number"],
    [student({ memory: "1 gig" }), "student.memory", "1 gig", "is not a size", "1.5G"],
    [student({ memory: "0.4K" }), "student.memory", "0.4K", "is outside 128M to 1T", "a size"],
    [student({ memory: "2048G" }), "student.memory", "2048G", "is outside 128M to 1T", "a size"],
    [student({ pids: 10 }), "student.pids", 10, "is less than 64", "a whole number"],
    [student({ cpus: 0 }), "student.cpus", 0, "is less than 0.1", "a number"],
    [{ spawn: { activeServers: 0 } }, "spawn.activeServers", 0, "is less than 1", "for example 250"],
    [{ spawn: { timeoutSeconds: 5 } }, "spawn.timeoutSeconds", 5, "is less than 10", "seconds"],
    [{ backup: { keepFulls: 0 } }, "backup.keepFulls", 0, "is less than 1", "for example 2"],
    [{ cull: { idleMinutes: 1 } }, "cull.idleMinutes", 1, "is less than 5", "minutes"],
    [course({ title: " " }), "course.title", " ", "is empty", "Data Science 101"],
    [course({ title: "a\nb" }), "course.title", "a\nb", "control character", "a line of text"],
    [course({ starts: "2026-02-30" }), "course.starts", "2026-02-30", "is not a day in the calendar", "2026-09-01"],
    [course({ ends: "31.1.2027" }), "course.ends", "31.1.2027", "is not a day in the calendar", "2027-01-31"],
    [{ proxy: { domain: "jupyter_hub.edu" } }, "proxy.domain", "jupyter_hub.edu", "is not a domain name", "jupyter.example.edu"],
    [{ login: { method: "google", ...oauth, hostedDomains: [] } }, "login.hostedDomains", [], "nobody could log in", "domain names"],
    [{ login: { method: "lti", consumers: {} } }, "login.consumers", "(secret)", "nobody could log in", "consumer keys"],
    [{ login: { method: "lti", consumers: { moodle: "short" } } }, "login.consumers.moodle", "(secret)", "shorter than 16", "of 16 letters or more"],
    [{ login: { method: "dummy", password: "1234" } }, "login.password", "(secret)", "shorter than 8", "8 letters or more"],
    [{ storage: { path: "data" } }, "storage.path", "data", "is not an absolute path", "/var/lib/semesterhub/dev"],
    [{ storage: { path: "/data/../etc" } }, "storage.path", "/data/../etc", "contains ..", "an absolute path"],
    [{ storage: { path: "/data/$HOME" } }, "storage.path", "/data/$HOME", "contains a character other", "an absolute path"],
    [onHosts({ hub: { address: "10.0.0.300" } }), "hosts.hub.address", "10.0.0.300", "is not an IPv4 address", "203.0.113.10", valid.hosts],
    [onOpenStack({ adminCidrs: [] }), "openstack.adminCidrs", [], "is empty", "198.51.100.0/24", valid.openstack],
    [onOpenStack({ nodes: { count: -1 } }), "openstack.nodes.count", -1, "is less than 0", "a whole number", valid.openstack],
    [onOpenStack({ network: { kind: "flat" } }), "openstack.network.kind", "flat", "not one of the known values", "routed, existing, fixed", valid.openstack],
  ],
  "combinations that can't work": [
    [course({ starts: "2026-09-01", ends: "2026-08-31" }), "course.ends", "2026-08-31", "before the first day, 2026-09-01", "after course.starts"],
    [{ login: { method: "dummy" } }, "login.method", "dummy", "not for the platform openstack", "choose native", valid.openstack],
    [{ login: { method: "google", ...oauth, hostedDomains: ["example.edu"] } }, "login.clientSecret", "(secret)", "plain text", "pulumi config set --secret --path semesterhub:login.clientSecret", valid.openstack],
    [{ proxy: { domain: "a.example.edu", tls: { source: "acme", email: "it@example.edu" } } }, "proxy.tls.source", "acme", "no authority can reach this computer", "write stack"],
    [{ proxy: { tls: { source: "acme", email: "it@example.edu" } } }, "proxy.domain", absent, "is missing, and a certificate (proxy.tls.source: acme)", "jupyter.example.edu", valid.openstack],
    [{ proxy: { domain: "localhost", tls: { source: "acme", email: "it@example.edu" } } }, "proxy.domain", "localhost", "not a name on the internet", "a public name", valid.openstack],
    [{ proxy: { port: 8443, httpPort: 8443 } }, "proxy.httpPort", 8443, "the same as proxy.port", "leave httpPort out"],
    [{ proxy: { port: 2377 } }, "proxy.port", 2377, "belongs to the Swarm", "another port"],
    [student({ memory: "1G", memoryReserved: "2G" }), "student.memoryReserved", "2G", "more than the limit, student.memory: 1G", "not larger than student.memory"],
    [student({ cpus: 1, cpusReserved: 2 }), "student.cpusReserved", 2, "more than the limit, student.cpus: 1", "not larger"],
    [student({ memory: "64G" }), "student.memory", "64G", "more than this computer has: 32G", "a smaller size"],
    [student({ cpus: 16 }), "student.cpus", 16, "more than this computer has: 8", "a number up to 8"],
    [student({ memory: "48G" }), "student.memory", "48G", "more than node-1 has: 32G", "larger machines", valid.hosts],
    [student({ memory: "16G" }), "student.memory", "16G", "more than a node has: 8G", "larger machines", valid.openstack],
    [student({ homeQuota: "2M" }), "student.homeQuota", "2M", "a new home holds 5M", "a larger size"],
    [{ cull: { idleMinutes: 30, kernelIdleMinutes: 60 } }, "cull.kernelIdleMinutes", 60, "more than cull.idleMinutes: 30", "write 30 or less"],
    [{ cull: { idleMinutes: 30, everyMinutes: 45 } }, "cull.everyMinutes", 45, "more than cull.idleMinutes: 30", "write 30 or less"],
    [{ storage: { path: "/var/lib/docker/x" } }, "storage.path", "/var/lib/docker/x", "belongs to the system", "/var/lib/semesterhub/dev"],
    [{ storage: { path: "/tmp/hub" } }, "storage.path", "/tmp/hub", "belongs to the system", "a folder of its own"],
    [{ hosts }, "hosts", absent, "not for the platform local", "semesterhub:platform: hosts"],
    [{ openstack }, "openstack", absent, "not for the platform hosts", "semesterhub:platform: openstack", valid.hosts],
    [onHosts({ nodes: [{ address: "203.0.113.11" }] }), "hosts.nodes[0].address", "203.0.113.11", "the same as that of hosts.hub", "an address of its own", valid.hosts],
    [onHosts({ nodes: [{ address: "203.0.113.12", name: "hub" }] }), "hosts.nodes[0].name", "hub", "the same as that of hosts.hub", "a name of its own", valid.hosts],
  ],
  networks: [
    [network({ course: "10.11.16.0" }), "networks.course", "10.11.16.0", "is not an IPv4 network", "10.11.16.0/20"],
    [network({ course: "10.11.16.1/20" }), "networks.course", "10.11.16.1/20", "inside the network 10.11.16.0/20", "a private IPv4 network"],
    [network({ course: "10.011.16.0/20" }), "networks.course", "10.011.16.0/20", "is not an IPv4 network", "10.11.16.0/20"],
    [network({ control: "8.8.8.0/24" }), "networks.control", "8.8.8.0/24", "is not a private network", "10.11.0.0/24"],
    [network({ control: "10.11.20.0/24" }), "networks.control", "10.11.20.0/24", "overlaps networks.course, 10.11.16.0/20", "no address in common"],
    [network({ control: "10.0.0.0/24" }), "networks.control", "10.0.0.0/24", "overlaps Docker's ingress network", "10.11.0.0/24"],
    [network({ course: "172.17.0.0/20" }), "networks.course", "172.17.0.0/20", "overlaps Docker's bridge", "10.11.16.0/20"],
    [network({ control: "10.11.0.0/29" }), "networks.control", "10.11.0.0/29", "has only 5 addresses", "/28 or larger"],
    [
      {
        ...network({ course: "10.11.16.0/25" }),
        ...roster({ students: Array.from({ length: 60 }, (_, i) => `s${i}`) }),
      },
      "networks.course",
      "10.11.16.0/25",
      "has 125 addresses, and 61 people need 138",
      "/24 or larger",
    ],
    [network({ course: "192.168.60.0/22" }), "networks.course", "192.168.60.0/22", "overlaps the machines' network, 192.168.60.0/24", "openstack.network.subnet", valid.openstack],
  ],
  "the roster": [
    [{ roster: {} }, "roster", absent, "nobody could log in", "roster.csv"],
    [roster({ students: ["ada", "Ada"] }), "roster", "ada", "named twice: semesterhub:roster.students[0] and semesterhub:roster.students[1]", "keep one"],
    [roster({ staff: ["ada"] }), "roster", "ada", "is both student and staff", "keep one"],
    [roster({ groups: { "lab-1": ["adda"] } }), "roster.groups.lab-1", "adda", "is not in the roster", "did you mean ada?"],
    [roster({ students: ["ada lovelace"] }), "roster.students[0]", "ada lovelace", "is not a user name", "a list of user names"],
    [roster({ groups: { "lab 1": [] } }), 'roster.groups["lab 1"]', absent, "is not a group name", "group names"],
    [{ roster: { file: "none.csv" } }, "roster.file", "none.csv", "/work/course/none.csv does not exist", "from the folder of Pulumi.yaml"],
    [{ roster: { file: "twice.csv" } }, "roster", "ada", "named twice: twice.csv line 2 and twice.csv line 4", "keep one"],
    [{ roster: { file: "roster.csv", staff: ["ada"] } }, "roster", "ada", "both student and staff: roster.csv line 2 and semesterhub:roster.staff[0]", "keep one"],
    [{ roster: { file: "role.csv" } }, "roster.file", "ada,tutor,", 'role.csv line 2: the role "tutor" is not known', "write student or staff"],
    [{ roster: { file: "semicolons.csv" } }, "roster.file", "username;role;groups", "not separated by commas", "with commas"],
    [{ roster: { file: "headless.csv" } }, "roster.file", "ada,student,lab-1", "no column username", "username,role,groups"],
    [{ roster: { file: "wide.csv" } }, "roster.file", "ada,student,lab-1,lab-2", "line 2: has more fields", "semicolons"],
    [{ roster: { file: "blank.csv" } }, "roster.file", "ada lovelace,student,", "line 2: the username is not a user name", "logs in with"],
    [{ roster: { file: "empty.csv" } }, "roster.file", "", "the file is empty", "username,role,groups"],
  ],
  "files and backups": [
    [{ proxy: { tls: { source: "files", certificate: "gone.pem", key: "key.pem" } } }, "proxy.tls.certificate", "gone.pem", "does not exist", "from the folder"],
    [{ proxy: { tls: { source: "files", certificate: "key.pem", key: "key.pem" } } }, "proxy.tls.certificate", "key.pem", "has no CERTIFICATE", "-----BEGIN"],
    [{ backup: { target: "/backups" } }, "backup.target", "/backups", "is not a URL", "file:///"],
    [{ backup: { target: "swift://backups" } }, "backup.target", "swift://backups", "on local backups go to a folder", "file://"],
    [{ backup: { target: "file://backups" } }, "backup.target", "file://backups", "does not name an absolute path", "three slashes"],
    [{ backup: { target: "file:///var/lib/semesterhub/dev/backups" } }, "backup.target", "file:///var/lib/semesterhub/dev/backups", "is inside storage.path", "file:///var/lib/semesterhub/dev-backups"],
    [{ backup: { target: "file:///var/lib/semesterhub" } }, "backup.target", "file:///var/lib/semesterhub", "contains storage.path", "a folder beside it"],
    [{ backup: { target: "sftp://me:not-to-be-shown@store/x" } }, "backup.target", "sftp://me:(secret)@store/x", "has a password in it", "take the password out", valid.openstack],
  ],
};
