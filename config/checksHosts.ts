/** What must hold of machines that exist already. */
import type { Checked, Rule } from "./checks";
import { dockersOwn } from "./checksNetworks";
import type { Problem } from "./problems";
import type { Sections } from "./schema";
import { contains, overlap, parseAddress, subnet, type Subnet } from "./values";

type Hosts = NonNullable<Sections["hosts"]>;

interface Place {
  readonly path: readonly (string | number)[];
  readonly host: Hosts["hub"];
  readonly name: string;
}

/** The machines of the course; the bastion, which is none of them, comes last. */
function placesOf(hosts: Hosts): Place[] {
  const place = (path: Place["path"], host: Hosts["hub"], name: string): Place => ({
    path: ["hosts", ...path],
    host,
    name: host.name ?? name,
  });
  return [
    place(["proxy"], hosts.proxy, "proxy"),
    place(["hub"], hosts.hub, "hub"),
    ...hosts.nodes.map((host, index) => place(["nodes", index], host, `node-${index + 1}`)),
    ...(hosts.bastion ? [place(["bastion"], hosts.bastion, "bastion")] : []),
  ];
}

const named = (path: Place["path"]) =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${part}` : part,
    "",
  );

/** Every machine has a name, an address and an internal address of its own. */
function unique(places: readonly Place[]): Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  for (const { path, host, name } of places) {
    const own = [
      ["name", name, name],
      ["address", `${host.address}:${host.port}`, host.address],
      ["internalAddress", host.internalAddress, host.internalAddress],
    ] as const;
    for (const [key, value, shown] of own) {
      if (value === undefined) continue;
      const earlier = seen.get(`${key} ${value}`);
      if (earlier === undefined) {
        seen.set(`${key} ${value}`, named(path));
        continue;
      }
      problems.push({
        path: [...path, key],
        value: shown,
        problem: `is the same as that of ${earlier}`,
        fix: `give every machine ${key === "name" ? "a name" : "an address"} of its own`,
      });
    }
  }
  return problems;
}

/** Addresses that no other machine can reach this one by. */
const unreachable = [
  ["0.0.0.0/8", "is no machine's address"],
  ["127.0.0.0/8", "is this computer itself"],
  ["169.254.0.0/16", "holds on one cable only"],
  ["224.0.0.0/4", "is a group's address, not a machine's"],
  ["240.0.0.0/4", "is no machine's address"],
].map(([cidr = "", problem = ""]) => ({ network: subnet(cidr), problem }));

const single = (address: number): Subnet => ({
  cidr: "",
  gateway: "",
  prefix: 32,
  first: address,
  last: address,
});

/** One address: of a kind that others reach, and not of a container network. */
function addressProblem(
  path: Place["path"],
  text: string,
  networks: Checked["networks"],
): Problem | undefined {
  const address = parseAddress(text);
  if (address === undefined) {
    return text.toLowerCase() === "localhost"
      ? {
          path,
          value: text,
          problem: "is this computer itself",
          fix: "write the machine's address, or semesterhub:platform: local for this computer",
        }
      : undefined;
  }
  const at = single(address);
  const bad = unreachable.find(({ network }) => contains(network, at));
  if (bad) {
    const fix = "write an address that the other machines reach, for example 10.0.5.10";
    return { path, value: text, problem: bad.problem, fix };
  }
  const taken = [
    ...dockersOwn,
    ...(networks
      ? [
          { name: "networks.course", network: networks.course },
          { name: "networks.control", network: networks.control },
        ]
      : []),
  ].find(({ network }) => overlap(network, at));
  return taken
    ? {
        path,
        value: text,
        problem: `is in ${taken.name}, ${taken.network.cidr}: containers could not reach this machine`,
        fix: taken.name.startsWith("networks.")
          ? `choose another ${taken.name}`
          : "use another address: Docker takes that network on every machine",
      }
    : undefined;
}

function addresses(places: readonly Place[], networks: Checked["networks"]): Problem[] {
  return places.flatMap(({ path, host }): Problem[] => {
    const { address, internalAddress } = host;
    const problems = [
      addressProblem([...path, "address"], address, networks),
      internalAddress === undefined || internalAddress === address
        ? undefined
        : addressProblem([...path, "internalAddress"], internalAddress, networks),
    ].filter((problem) => problem !== undefined);
    const isName = parseAddress(address) === undefined && address.toLowerCase() !== "localhost";
    // The bastion is none of the machines that talk to each other.
    if (!isName || internalAddress !== undefined || path.includes("bastion")) return problems;
    return [
      ...problems,
      {
        path: [...path, "internalAddress"],
        problem: `is missing, and ${address} is a name: the Swarm and certificates need an address`,
        fix: "write the machine's IPv4 address on the network that the machines share",
      },
    ];
  });
}

/** What is wrong with a private key's text, and what to do. */
function keyProblem(text: string): Pick<Problem, "problem" | "fix"> | undefined {
  if (/^(ssh-|ecdsa-|sk-)/.test(text.trim())) {
    return { problem: "is a public key", fix: "name the private key, the file without .pub" };
  }
  const begin = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----([\s\S]*?)-----END/.exec(text);
  if (!begin) {
    return { problem: "holds no private key", fix: "name a file that ssh-keygen made" };
  }
  const [, kind = "", body = ""] = begin;
  const encrypted =
    kind === "ENCRYPTED " ||
    body.includes("ENCRYPTED") ||
    // OpenSSH's own format names its key derivation in the clear.
    (kind === "OPENSSH " && Buffer.from(body, "base64").subarray(0, 60).includes("bcrypt"));
  return encrypted
    ? {
        problem: "is protected by a passphrase, which nobody can type while this runs",
        fix: "make a key for this course alone: ssh-keygen -t ed25519 -N '' -f semester_key",
      }
    : undefined;
}

/** Every private key that is named can be used. */
function keys(hosts: Hosts, places: readonly Place[], { surroundings }: Checked): Problem[] {
  const files = new Map<string, Place["path"]>();
  for (const { path, host } of places) {
    const own = host.keyFile !== undefined;
    const file = host.keyFile ?? hosts.keyFile;
    if (!files.has(file)) files.set(file, own ? [...path, "keyFile"] : ["hosts", "keyFile"]);
  }
  return [...files].flatMap(([file, path]): Problem[] => {
    try {
      const wrong = keyProblem(surroundings.read(file));
      return wrong ? [{ path, value: file, ...wrong }] : [];
    } catch {
      return [
        {
          path,
          value: file,
          problem: `the file ${surroundings.locate(file)} can't be read`,
          fix: "name the private key that the machines let in, or make one: ssh-keygen -t ed25519",
        },
      ];
    }
  });
}

/** The proxy's machine answers SSH beside the course. */
function sshPort({ proxy }: Checked, hosts: Hosts): Problem[] {
  if (!proxy) return [];
  return (["port", "httpPort"] as const).flatMap((key): Problem[] =>
    proxy[key] === hosts.proxy.port
      ? [
          {
            path: ["proxy", key],
            value: proxy[key],
            problem: "is the port of SSH on the proxy's machine, hosts.proxy.port",
            fix: "choose another port, for example 443",
          },
        ]
      : [],
  );
}

/** The rules of this file, in order. */
export const checkHosts: Rule = (checked) => {
  const { hosts } = checked;
  if (!hosts) return [];
  const places = placesOf(hosts);
  return [
    ...unique(places),
    ...addresses(places, checked.networks),
    ...keys(hosts, places, checked),
    ...sshPort(checked, hosts),
  ];
};
