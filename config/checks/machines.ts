/** What must hold of the machines and of the platform that they come from. */
import type { Checked, Rule } from "./rule";
import { checkCloud } from "./cloud";
import { checkHosts } from "./hosts";
import type { Problem } from "../problems";
import { formatAddress, formatSize, parseAddress } from "../values";

/** Each platform's section has its name. */
const platforms = ["local", "hosts", "openstack"] as const;

/** The section of the chosen platform is there, and no other one. `local` can do without. */
const platformSection: Rule = ({ platform, present }) => {
  if (platform === undefined) return [];
  const problems: Problem[] = [];
  if (platform !== "local" && !present.has(platform)) {
    problems.push({
      path: [platform],
      problem: `is missing, and the platform is ${platform}`,
      fix: `add the section ${platform}; Pulumi.prod.yaml shows a complete one`,
    });
  }
  for (const other of platforms) {
    if (other === platform || !present.has(other)) continue;
    problems.push({
      path: [other],
      problem: `is not for the platform ${platform}`,
      fix: `take the section out, or write semesterhub:platform: ${other}`,
    });
  }
  return problems;
};

/**
 * Every machine has an IPv4 address among the others, outside of the containers' networks; and its key
 * can be read by a program.
 */
const reachable: Rule = ({ hosts, networks, hostFacts }) => {
  if (!hosts) return [];
  const machines = [
    { path: ["hosts", "proxy"], host: hosts.proxy },
    { path: ["hosts", "hub"], host: hosts.hub },
    ...(hosts.storage ? [{ path: ["hosts", "storage"], host: hosts.storage }] : []),
    ...hosts.nodes.map((host, index) => ({ path: ["hosts", "nodes", index], host })),
    ...(hosts.bastion ? [{ path: ["hosts", "bastion"], host: hosts.bastion }] : []),
  ];
  const problems: Problem[] = [];
  for (const { path, host } of machines) {
    const internal = parseAddress(host.internalAddress ?? host.address);
    if (internal === undefined) {
      problems.push({
        path: [...path, "internalAddress"],
        problem: `is missing, and the address ${host.address} is a name`,
        fix: "write the machine's IPv4 address on the network that the machines share",
      });
      continue;
    }
    for (const key of ["course", "control", "bridges"] as const) {
      const network = networks?.[key];
      if (!network || internal < network.first || internal > network.last) continue;
      problems.push({
        path: ["networks", key],
        value: network.cidr,
        problem: `contains the machine at ${formatAddress(internal)}`,
        fix: "choose a network that no machine is in",
      });
    }
  }
  const files = new Map<string, readonly (string | number)[]>();
  // The common key may be missing where every machine has one of its own.
  if (hosts.keyFile !== undefined && machines.some(({ host }) => host.keyFile === undefined)) {
    files.set(hosts.keyFile, ["hosts", "keyFile"]);
  }
  for (const { path, host } of machines) {
    if (host.keyFile !== undefined) files.set(host.keyFile, [...path, "keyFile"]);
  }
  const agent = "or leave the key out, and SSH's agent is asked";
  for (const [keyFile, path] of files) {
    problems.push(
      ...keyProblems(keyFile, path, hostFacts).map((one) => ({
        ...one,
        fix: `${one.fix}; ${agent}`,
      })),
    );
  }
  return problems;
};

/** What is wrong with a private key for SSH. */
export function keyProblems(
  keyFile: string,
  path: readonly (string | number)[],
  hostFacts: Checked["hostFacts"],
): Problem[] {
  const make = "make one with: ssh-keygen -t ed25519 -N '' -f FILE";
  const problem = (what: string, fix: string): Problem[] => [
    { path: [...path], value: keyFile, problem: what, fix },
  ];
  let text: string;
  try {
    text = hostFacts.read(keyFile);
  } catch (thrown) {
    const { code } = thrown as { code?: string };
    return problem(
      code === "ENOENT" ? "is not there" : "cannot be read",
      `write the path of the private key for SSH, or ${make}`,
    );
  }
  if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----/m.test(text)) {
    return problem("is not a private key", `write the path without .pub, or ${make}`);
  }
  // An OpenSSH key names its cipher at the start; other kinds say ENCRYPTED.
  const [, body = ""] = /BEGIN OPENSSH PRIVATE KEY-----\s+(\S+)/.exec(text) ?? [];
  const cipher = Buffer.from(body, "base64").subarray(15, 23).toString("latin1");
  if (text.includes("ENCRYPTED") || (body !== "" && cipher !== "\0\0\0\x04none")) {
    return problem(
      "has a passphrase, and nobody is there to type it",
      `use a key without one, for these machines only; ${make}`,
    );
  }
  return [];
}

/** What one server may use must fit on a machine that runs servers. */
const fits: Rule = ({ student, hosts, openstack }) => {
  if (!student) return [];
  const runners = hosts ? (hosts.nodes.length > 0 ? hosts.nodes : [hosts.hub]) : [];
  const known = [
    ...runners.map((host, index) => ({
      name: host.name ?? `node-${index + 1}`,
      bytes: host.memory,
    })),
    ...(openstack ? [{ name: "a node", bytes: openstack.nodes.memory }] : []),
  ];
  return known.flatMap(({ name, bytes }): Problem[] =>
    bytes === undefined || student.memory <= bytes
      ? []
      : [
          {
            path: ["student", "memory"],
            value: formatSize(student.memory),
            problem: `is more than ${name} has: ${formatSize(bytes)}`,
            fix: "write a smaller size, or use larger machines",
          },
        ],
  );
};

/** The rules of this file, in order. */
export const checkMachines: Rule = (checked) =>
  [platformSection, checkHosts, reachable, checkCloud, fits].flatMap((rule) => rule(checked));
