/** Configurations for tests, and the hostFacts that they are held against. */
import { parseConfig } from "../../../config/parse";
import { formatProblems, type Problem } from "../../../config/problems";
import type { HostFacts } from "../../../config/hostFacts";
import type { SemesterConfig } from "../../../config/types";

/** Of hub.example.edu and jupyter.example.edu, for a hundred years. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBvjCCAWSgAwIBAgIUfM0+gQVpe2qEfbKH93tms8HUrIIwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPaHViLmV4YW1wbGUuZWR1MCAXDTI2MTEzMDAzMTk0OFoYDzIx
MjYxMTA2MDMxOTQ4WjAaMRgwFgYDVQQDDA9odWIuZXhhbXBsZS5lZHUwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAQG8zppY9m0D5bpwYKld6SU5pQR0oW++tGBIQQ0
ZJuiPt630VPjTKz9pJaFTPe1dCRLKcQfivaRR09DEHdDRBI8o4GFMIGCMB0GA1Ud
DgQWBBRhFnIZUi4urfFqo6y2xAYcmwAw/DAfBgNVHSMEGDAWgBRhFnIZUi4urfFq
o6y2xAYcmwAw/DAPBgNVHRMBAf8EBTADAQH/MC8GA1UdEQQoMCaCD2h1Yi5leGFt
cGxlLmVkdYITanVweXRlci5leGFtcGxlLmVkdTAKBggqhkjOPQQDAgNIADBFAiEA
qZTQYE+IG6k11awSXC/+y5Rfio7PnqdFS9dmE3IeB1YCIF7PuM0U+WHBEPXFDAVq
GsDCuy3jx276Zhz1tNPHr9ZJ
-----END CERTIFICATE-----
`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzVPCW+LaoU+jOGUw
Qz2PnCBizat+XyXhyssE3K8+PjShRANCAAQG8zppY9m0D5bpwYKld6SU5pQR0oW+
+tGBIQQ0ZJuiPt630VPjTKz9pJaFTPe1dCRLKcQfivaRR09DEHdDRBI8
-----END PRIVATE KEY-----
`;

/** A computer of 8 processors and 32 GB, a skeleton of 5 MB, and these files. */
export const files: Readonly<Record<string, string>> = {
  "roster.csv": "username,role,groups\nada,student,lab-1\ngrace,staff,lab-1;graders\n",
  "twice.csv": "username,role,groups\nada,student,\nalan,student,\nAda,student,\n",
  "role.csv": "username,role,groups\nada,tutor,\n",
  "semicolons.csv": "username;role;groups\nada;student;\n",
  "headless.csv": "ada,student,lab-1\n",
  "wide.csv": "username,role,groups\nada,student,lab-1,lab-2\n",
  "blank.csv": "username,role,groups\nada lovelace,student,\n",
  "unclosed.csv": 'username,role,groups\nada,student,\n"alan,student,\ngrace,student,\n',
  "made-group.csv": "username,role,groups\nada,student,students\n",
  "empty.csv": "",
  "chain.pem": certificate,
  "~/.ssh/id_ed25519":
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAA\n-----END OPENSSH PRIVATE KEY-----\n",
  "locked-key":
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAG\n-----END OPENSSH PRIVATE KEY-----\n",
  "old.key":
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nAA\n-----END RSA PRIVATE KEY-----\n",
  "id.pub": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBB me@here\n",
  "key.pem": key,
  "requirements.txt": "# what week 3 needs\nsympy==1.14.0\nnumpy\n\nseaborn>=0.13 # plots\n",
  "old.txt": "numpy==1.26.4\n",
  "options.txt": "--index-url https://example.org\nsympy\n",
  "local.txt": "./mine\n",
  "shell.txt": "sympy; rm -rf /\n",
  "double.txt": "sympy\nSymPy==1.14.0\n",
  "data/stars.csv": "name\nvega\n",
  "data/run.sh": "#!/bin/sh\n",
  "templates/page.html": '{% extends "course/page.html" %}',
  "templates/extra.css": "p { color: red; }",
  "strange/page.htm": "x",
  "huge/page.html": "x".repeat(300_000),
  "logo.svg": '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
  "logo.png": "\x89PNG\r\n\x1a\n",
  "large.png": `\x89PNG\r\n${"x".repeat(70_000)}`,
};

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  return text;
}

export const hostFacts: HostFacts = {
  memoryBytes: 32 * 2 ** 30,
  cpus: 8,
  skeletonBytes: 5 * 2 ** 20,
  pinned: new Map([
    ["numpy", "2.5.5"],
    ["jupyterlab", "4.6.6"],
  ]),
  locate: (path) => `/work/course/${path}`,
  read: readFile,
  list: (path) => {
    const names = Object.keys(files).filter((name) => name.startsWith(`${path}/`));
    if (names.length === 0) throw Object.assign(new Error("no such folder"), { code: "ENOENT" });
    return names.map((name) => name.slice(path.length + 1));
  },
  collect: (path) => {
    const inside = Object.entries(files).filter(
      ([name]) => name === path || name.startsWith(`${path}/`),
    );
    if (inside.length === 0) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return inside.map(([name, text]) => ({
      path: name.slice(path.length + 1),
      content: Buffer.from(text),
      executable: name.endsWith(".sh"),
    }));
  },
  readBytes: (path) => Buffer.from(readFile(path), "latin1"),
};

export type RawSections = Readonly<Record<string, unknown>>;

/** The least that each platform needs. */
export const valid = {
  local: { course: { title: "T" }, roster: { students: ["ada"], staff: ["grace"] } },
  hosts: {
    platform: "hosts",
    course: { title: "T" },
    roster: { students: ["ada"], staff: ["grace"] },
    login: { method: "native" },
    backup: { target: "file:///srv/backups" },
    hosts: {
      proxy: { address: "203.0.113.10" },
      hub: { address: "203.0.113.11", memory: "64G" },
      nodes: [
        { name: "node-1", address: "203.0.113.12", memory: "32G" },
        { name: "node-2", address: "203.0.113.13" },
      ],
      adminCidrs: ["198.51.100.0/24"],
    },
  },
  openstack: {
    platform: "openstack",
    course: { title: "T" },
    roster: { students: ["ada"], staff: ["grace"] },
    login: { method: "native" },
    openstack: {
      image: "debian-13",
      flavors: { proxy: "s", hub: "m", node: "l" },
      nodes: { count: 2, memory: "8G" },
      network: { kind: "routed", externalNetwork: "public" },
      adminCidrs: ["198.51.100.0/24"],
      dataVolumeGb: 100,
    },
  },
} as const;

/** What `changes` makes of a valid configuration: sections are replaced, undefined removes them. */
export function parse(
  base: RawSections,
  changes: RawSections = {},
  options: { stack?: string; secretKeys?: readonly string[]; around?: Partial<HostFacts> } = {},
) {
  const values = Object.entries({ ...base, ...changes })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
  return parseConfig(
    {
      stack: options.stack ?? "dev",
      values: Object.fromEntries(values) as Record<string, string>,
      secretKeys: new Set(options.secretKeys),
    },
    { ...hostFacts, ...options.around },
  );
}

/** The configuration that `changes` make; throws with the message if there is none. */
export function accepted(...args: Parameters<typeof parse>): SemesterConfig {
  const { config, problems } = parse(...args);
  if (!config) throw new Error(formatProblems("dev", problems));
  return config;
}

/** The problems that `changes` make. */
export function refused(...args: Parameters<typeof parse>): readonly Problem[] {
  return parse(...args).problems ?? [];
}

/** A section of a valid configuration with some keys changed. */
export function changed(section: object, keys: object): object {
  return { ...section, ...keys };
}
