/** What must hold of machines that the program makes in a cloud. */
import { leadsToEngine } from "../ports";
import { generations, priced, type CloudRule } from "./cloudMachines";
import type { Rule } from "./rule";
import { ingress } from "./networks";
import type { Problem } from "../problems";
import {
  contains,
  overlap,
  parseAddress,
  parseSubnet,
  privateNetworks,
  formatSize,
  type Subnet,
} from "../values";

/** Neutron's own on a subnet: the router, and name servers with DHCP, of which there may be three. */
const cloudsOwn = 4;
/** The widest network that counts as "from where the admins are". */
const widestAdmins = 8;

const readSubnet = (text: string): Subnet | undefined => {
  const parsed = parseSubnet(text);
  return parsed && "cidr" in parsed ? parsed : undefined;
};

/** The machines' own network: private, apart from Docker's, large enough. */
const machinesNetwork: CloudRule = ({ network, nodes, flavors }) => {
  if (network.kind !== "routed") return [];
  const path = ["openstack", "network", "subnet"];
  const { subnet } = network;
  const value = subnet.cidr;
  const fix = "choose a private network, for example 192.168.60.0/24";
  if (!privateNetworks.some((outer) => contains(outer, subnet))) {
    const problem = "is not a private network: addresses of the internet would be cut off";
    return [{ path, value, problem, fix }];
  }
  if (overlap(ingress, subnet)) {
    return [{ path, value, problem: `overlaps Docker's ingress network, ${ingress.cidr}`, fix }];
  }
  const machines = nodes.count + (flavors.storage === undefined ? 2 : 3);
  const room = subnet.last - subnet.first - 1 - cloudsOwn;
  return room >= machines
    ? []
    : [
        {
          path,
          value,
          problem: `has room for ${Math.max(0, room)} machines, and there are ${machines}`,
          fix: `write a network of /${32 - Math.ceil(Math.log2(machines + cloudsOwn + 2))} or larger, for example 192.168.60.0/24`,
        },
      ];
};

const nameServers: CloudRule = ({ network }) => {
  if (network.kind !== "routed") return [];
  return network.dns.flatMap((server, index): Problem[] =>
    /^(127|0)\./.test(server)
      ? [
          {
            path: ["openstack", "network", "dns", index],
            value: server,
            problem: "is this computer itself, not a name server that the machines reach",
            fix: "write an address that the machines reach, for example 9.9.9.9",
          },
        ]
      : [],
  );
};

/** One network for both purposes is none of the kinds. */
const twoNetworks: CloudRule = ({ network }) => {
  if (network.kind === "routed") return [];
  const [key, value, outside] =
    network.kind === "fixed"
      ? (["internalNetwork", network.internalNetwork, network.publicNetwork] as const)
      : (["network", network.network, network.externalNetwork] as const);
  if (value !== outside) return [];
  return [
    {
      path: ["openstack", "network", key],
      value,
      problem: "is the public network: what the machines say to each other would be on it",
      fix: `name the network that the machines share${network.kind === "fixed" ? ", for example ServiceNet" : ""}`,
    },
  ];
};

const floatingIp: CloudRule = ({ network }) => {
  if (network.kind === "fixed" || network.floatingIp === undefined) return [];
  const address = parseAddress(network.floatingIp);
  const inside =
    network.kind === "routed" &&
    address !== undefined &&
    address >= network.subnet.first &&
    address <= network.subnet.last;
  return inside
    ? [
        {
          path: ["openstack", "network", "floatingIp"],
          value: network.floatingIp,
          problem: `is in the machines' own network, ${network.subnet.cidr}`,
          fix: "write an address of openstack floating ip list, or leave it out for a new one",
        },
      ]
    : [];
};

/** Who may reach SSH: neither everybody nor the students' own machines. */
const admins: CloudRule = ({ adminCidrs, network }, { networks }) => {
  const seen = new Set<string>();
  return adminCidrs.flatMap((text, index): Problem[] => {
    const path = ["openstack", "adminCidrs", index];
    const cidr = readSubnet(text);
    if (!cidr) return [];
    if (seen.has(text)) {
      return [{ path, value: text, problem: "is in the list twice", fix: "keep one of the two" }];
    }
    seen.add(text);
    if (cidr.prefix < widestAdmins) {
      return [
        {
          path,
          value: text,
          problem: "opens SSH and the Docker engines to most of the internet",
          fix: "write the networks that admins work from, for example 198.51.100.0/24",
        },
      ];
    }
    const students = [
      ...(network.kind === "routed" ? [["the machines' network", network.subnet] as const] : []),
      ...(networks
        ? [
            ["networks.course", networks.course] as const,
            ["networks.control", networks.control] as const,
          ]
        : []),
    ].find(([, own]) => overlap(own, cidr));
    return students
      ? [
          {
            path,
            value: text,
            problem: `contains addresses of ${students[0]}, ${students[1].cidr}: students' servers could reach SSH`,
            fix: "write only the networks that admins work from, for example 198.51.100.0/24",
          },
        ]
      : [];
  });
};

const spread: CloudRule = ({ nodes }) =>
  nodes.spread !== "none" && nodes.count < 2
    ? [
        {
          path: ["openstack", "nodes", "spread"],
          value: nodes.spread,
          problem: `is about nodes that don't share a computer, and there ${nodes.count === 1 ? "is 1 node" : "are 0 nodes"}`,
          fix: "take it out, or write openstack.nodes.count: 2 or more",
        },
      ]
    : [];

const user: CloudRule = (openstack) =>
  openstack.user === "root"
    ? [
        {
          path: ["openstack", "user"],
          value: "root",
          problem: "is not let in by cloud images",
          fix: "write the image's own user, for example debian",
        },
      ]
    : [];

/** A system disk takes Debian and the course's images. */
const leastBootGb = 8;

const disks: CloudRule = ({ bootVolumeGb, dataVolumeGb }, { student }) => {
  const problems: Problem[] = [];
  if (bootVolumeGb !== undefined && bootVolumeGb < leastBootGb) {
    problems.push({
      path: ["openstack", "bootVolumeGb"],
      value: bootVolumeGb,
      problem: "is too small for Debian and the course's images",
      fix: `write ${leastBootGb} or more, for example 40`,
    });
  }
  const quota = student?.homeQuota;
  if (quota !== undefined && quota > dataVolumeGb * 2 ** 30) {
    problems.push({
      path: ["student", "homeQuota"],
      value: formatSize(quota),
      problem: `is more than the whole data volume, openstack.dataVolumeGb: ${dataVolumeGb}`,
      fix: "write a smaller size, or a larger volume",
    });
  }
  return problems;
};

const zone: CloudRule = ({ dnsZone }, { proxy }) => {
  if (dnsZone === undefined || !proxy) return [];
  const path = ["openstack", "dnsZone"];
  if (proxy.domain === undefined) {
    return [
      {
        path,
        value: dnsZone,
        problem: "is to get a record, and proxy.domain, its name, is missing",
        fix: `write proxy.domain, for example "jupyter.${dnsZone}"`,
      },
    ];
  }
  return proxy.domain === dnsZone || proxy.domain.endsWith(`.${dnsZone}`)
    ? []
    : [
        {
          path,
          value: dnsZone,
          problem: `does not contain proxy.domain, ${proxy.domain}`,
          fix: "write the zone that the name is in: openstack zone list",
        },
      ];
};

const credential: CloudRule = ({ backupCredential }, { backup }) =>
  backupCredential !== undefined &&
  backup?.target !== undefined &&
  !backup.target.startsWith("swift://")
    ? [
        {
          path: ["openstack", "backupCredential"],
          value: "(secret)",
          problem: `is for backups to swift://, and they go to ${backup.target}`,
          fix: "take it out, or write backup.target: swift://semesterhub-backups",
        },
      ]
    : [];

/** Ports of the proxy's machine that have another use. */
const proxyPorts: CloudRule = (_, { proxy }) => {
  if (!proxy) return [];
  return (["port", "httpPort"] as const).flatMap((key): Problem[] => {
    const value = proxy[key];
    if (value === undefined) return [];
    const path = ["proxy", key];
    const fix = `choose another port, for example ${key === "port" ? 443 : 80}`;
    if (value === 22) return [{ path, value, problem: "is the port of SSH", fix }];
    return leadsToEngine(value)
      ? [{ path, value, problem: "leads the admins to the machines' Docker engines", fix }]
      : [];
  });
};

const rules: readonly CloudRule[] = [
  machinesNetwork,
  nameServers,
  twoNetworks,
  floatingIp,
  admins,
  spread,
  user,
  disks,
  zone,
  credential,
  proxyPorts,
  priced,
  generations,
];

/** The rules of this file, in order. */
export const checkCloud: Rule = (checked) => {
  const { openstack } = checked;
  return openstack ? rules.flatMap((rule) => rule(openstack, checked)) : [];
};
