/** What must hold of machines that exist already. */
import { leadsToEngine } from "../ports";
import type { Checked, Rule } from "./rule";
import { ingress } from "./networks";
import type { Problem } from "../problems";
import type { Sections } from "../schema";
import { internalNetwork } from "../platformDefaults";
import { contains, formatAddress, parseAddress, subnet, type Subnet } from "../values";

type Hosts = NonNullable<Sections["hosts"]>;

interface Place {
  readonly path: readonly (string | number)[];
  readonly host: Hosts["proxy"];
  readonly name: string;
}

/** The machines of the course; the bastion, which is none of them, comes last. */
function placesOf(hosts: Hosts): Place[] {
  const place = (path: Place["path"], host: Hosts["proxy"], name: string): Place => ({
    path: ["hosts", ...path],
    host,
    name: host.name ?? name,
  });
  return [
    place(["proxy"], hosts.proxy, "proxy"),
    place(["hub"], hosts.hub, "hub"),
    ...(hosts.storage ? [place(["storage"], hosts.storage, "storage")] : []),
    ...hosts.nodes.map((host, index) => place(["nodes", index], host, host.name)),
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
  [ingress.cidr, "is in a network that Docker takes by itself on every machine"],
].map(([cidr = "", problem = ""]) => ({ network: subnet(cidr), problem }));

const single = (address: number): Subnet => ({
  cidr: "",
  gateway: "",
  prefix: 32,
  first: address,
  last: address,
});

/** One address, of a kind that others reach. */
function addressProblem(path: Place["path"], text: string): Problem[] {
  const address = parseAddress(text);
  const fix = "write an address that the other machines reach, for example 10.0.5.10";
  // That a name is not enough, another rule says.
  if (address === undefined) return [];
  const bad = unreachable.find(({ network }) => contains(network, single(address)));
  return bad ? [{ path, value: text, problem: bad.problem, fix }] : [];
}

function addresses(places: readonly Place[]): Problem[] {
  return places.flatMap(({ path, host: { address, internalAddress } }) => [
    ...addressProblem([...path, "address"], address),
    ...(internalAddress === undefined || internalAddress === address
      ? []
      : addressProblem([...path, "internalAddress"], internalAddress)),
  ]);
}

/** The proxy's machine has SSH and the ways to the engines beside the course. */
function proxyPorts({ proxy }: Checked, hosts: Hosts): Problem[] {
  if (!proxy) return [];
  return (["port", "httpPort"] as const).flatMap((key): Problem[] => {
    const value = proxy[key];
    if (value === undefined) return [];
    const path = ["proxy", key];
    const fix = "choose another port, for example 443";
    if (value === hosts.proxy.port) {
      const problem = "is the port of SSH on the proxy's machine, hosts.proxy.port";
      return [{ path, value, problem, fix }];
    }
    return leadsToEngine(value)
      ? [{ path, value, problem: "leads the admins to the machines' Docker engines", fix }]
      : [];
  });
}

/** A node that is outside would stay unknown to the others, without a word. */
function together(places: readonly Place[], hosts: Hosts): Problem[] {
  const { address, internalAddress = address } = hosts.hub;
  // That the hub's has to be an address, another rule says.
  if (parseAddress(internalAddress) === undefined) return [];
  const network = internalNetwork(hosts);
  const outside = places.flatMap(({ path, host }): string[] => {
    const own = parseAddress(host.internalAddress ?? host.address);
    const role = path[1];
    if (own === undefined || role === "proxy" || role === "bastion") return [];
    return contains(network, single(own)) ? [] : [`${named(path)}, ${formatAddress(own)}`];
  });
  if (outside.length === 0) return [];
  return [
    {
      path: ["hosts", "internalNetwork"],
      value: network.cidr,
      problem: `does not contain ${outside.join("; ")}`,
      fix: "write a network that holds the internal addresses of the hub and all nodes, for example 10.0.4.0/22",
    },
  ];
}

/** The rules of this file, in order. */
export const checkHosts: Rule = (checked) => {
  const { hosts } = checked;
  if (!hosts) return [];
  const places = placesOf(hosts);
  const problems = [...unique(places), ...addresses(places), ...proxyPorts(checked, hosts)];
  // What follows from a wrong address is not said as well.
  return problems.length > 0 ? problems : together(places, hosts);
};
