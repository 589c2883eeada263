/** What must hold of the container networks and of the place that backups go to. */
import type { Checked, Rule } from "./rule";
import type { Problem } from "../problems";
import {
  contains,
  formatService,
  overlap,
  parseAddress,
  privateNetworks,
  subnet,
  usableAddresses,
  type Subnet,
} from "../values";

/** The network that a Swarm takes by itself, on every platform. */
export const ingress = subnet("10.0.0.0/24");

/** Networks that Docker takes by itself on every machine. */
const dockersOwn = [
  { name: "Docker's ingress network", network: ingress },
  { name: "Docker's bridge", network: subnet("172.17.0.0/16") },
  { name: "Docker's gateway bridge", network: subnet("172.18.0.0/16") },
];

/** Where clouds tell a machine its secrets. */
const metadata = { name: "the cloud's metadata address", network: subnet("169.254.169.254/32") };

/** Addresses that servers need: one that is being replaced has two, and services need some. */
function addressesNeeded(servers: number): number {
  return 2 * servers + 16;
}

function smallestPrefix(addresses: number): number {
  return 32 - Math.ceil(Math.log2(addresses + 3));
}

const examples = {
  course: "10.11.16.0/20",
  control: "10.11.0.0/24",
  bridges: "172.30.0.0/16",
} as const;

function checkOne(key: keyof typeof examples, network: Subnet): Problem[] {
  const path = ["networks", key];
  const value = network.cidr;
  const fix = `choose a private network, for example ${examples[key]}`;
  if (!privateNetworks.some((outer) => contains(outer, network))) {
    return [
      {
        path,
        value,
        problem: "is not a private network: addresses of the internet would be cut off",
        fix,
      },
    ];
  }
  const taken = key === "bridges" ? dockersOwn.slice(0, 1) : dockersOwn;
  return taken
    .filter((other) => overlap(other.network, network))
    .map(({ name, network: other }) => ({
      path,
      value,
      problem: `overlaps ${name}, ${other.cidr}`,
      fix,
    }));
}

/** The container networks: private, apart from each other, large enough. */
export const checkNetworks: Rule = ({ networks, roster, student, openstack }) => {
  if (!networks) return [];
  const { course, control, bridges } = networks;
  const problems = [
    ...checkOne("course", course),
    ...checkOne("control", control),
    ...checkOne("bridges", bridges),
  ];
  if (overlap(course, control)) {
    problems.push({
      path: ["networks", "control"],
      value: control.cidr,
      problem: `overlaps networks.course, ${course.cidr}`,
      fix: "choose networks that have no address in common, for example 10.11.0.0/24 and 10.11.16.0/20",
    });
  }
  if (usableAddresses(control) < 13) {
    problems.push({
      path: ["networks", "control"],
      value: control.cidr,
      problem: `has only ${usableAddresses(control)} addresses for the hub and its services`,
      fix: "write a network of /28 or larger, for example 10.11.0.0/24",
    });
  }
  const people = roster ? roster.students.length + roster.staff.length : 0;
  const each = 1 + (student?.namedServers ?? 0);
  const needed = addressesNeeded(people * each);
  const share = each === 1 ? "two each" : `two for each of a person's ${each} servers`;
  if (usableAddresses(course) < needed) {
    problems.push({
      path: ["networks", "course"],
      value: course.cidr,
      problem: `has ${usableAddresses(course)} addresses, and ${people} people need ${needed} (${share}, and 16)`,
      fix: `write a network of /${smallestPrefix(needed)} or larger, for example 10.11.16.0/20`,
    });
  }
  const machines = openstack?.network.kind === "routed" ? openstack.network.subnet : undefined;
  for (const key of ["course", "control"] as const) {
    if (overlap(bridges, networks[key])) {
      problems.push({
        path: ["networks", "bridges"],
        value: bridges.cidr,
        problem: `overlaps networks.${key}, ${networks[key].cidr}`,
        fix: `choose networks that have no address in common, for example ${examples.bridges}`,
      });
    }
  }
  if (bridges.prefix > 20) {
    problems.push({
      path: ["networks", "bridges"],
      value: bridges.cidr,
      problem: "is too small: each bridge takes a /24 of it",
      fix: `write a network of /20 or larger, for example ${examples.bridges}`,
    });
  }
  for (const key of ["course", "control", "bridges"] as const) {
    if (machines && overlap(machines, networks[key])) {
      problems.push({
        path: ["networks", key],
        value: networks[key].cidr,
        problem: `overlaps the machines' network, ${machines.cidr}`,
        fix: "choose another network here or in openstack.network.subnet",
      });
    }
  }
  return problems;
};

/** The addresses by which the machines of the configuration know each other. */
function machineAddresses({ hosts, openstack }: Checked): { name: string; network: Subnet }[] {
  const routed = openstack?.network.kind === "routed" ? [openstack.network.subnet] : [];
  const machines = hosts ? [hosts.proxy, hosts.hub, ...hosts.nodes] : [];
  return [
    ...routed.map((network) => ({ name: "the machines' network", network })),
    ...machines
      .map((machine) => machine.internalAddress ?? machine.address)
      .filter((address) => parseAddress(address) !== undefined)
      .map((address) => ({ name: "a machine of this semester", network: subnet(`${address}/32`) })),
  ];
}

/** What is opened to students: private addresses, and none of this semester's own. */
export const checkAllowed: Rule = (checked) => {
  const { networks } = checked;
  if (!networks) return [];
  const { course, control, allow, block } = networks;
  const closed = [
    { name: "networks.course", network: course },
    { name: "networks.control", network: control },
    metadata,
    ...dockersOwn,
    ...machineAddresses(checked),
  ];
  return allow.flatMap((service, index): Problem[] => {
    const path = ["networks", "allow", index];
    const value = formatService(service).replace("/32:", ":");
    const taken = closed.find(({ network }) => overlap(network, service.network));
    if (taken) {
      return [
        {
          path,
          value,
          problem: `overlaps ${taken.name}, ${taken.network.cidr.replace("/32", "")}, which stays closed to students`,
          fix: "write the address of the one service that they need, for example 10.1.2.3:27000",
        },
      ];
    }
    if ([...privateNetworks, ...block].some((outer) => contains(outer, service.network))) return [];
    return [
      {
        path,
        value,
        problem: "is not in a private network, so that students reach it already",
        fix: "take it out, or close the network that it is in with networks.block",
      },
    ];
  });
};
