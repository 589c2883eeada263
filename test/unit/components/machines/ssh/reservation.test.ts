// What keeps a semester from machines that another one has: the machine's own program, with real reservations.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  machineReservation,
  semesterReservation,
  type MachineReservation,
} from "../../../../../components/machines/ssh/reservation";
import { shellScript } from "../../../../../components/lib/shell";
import { accepted, valid } from "../../../lib/configHelp";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What the stack `fall`, at the first slot, has of its hub's machine. */
const fall = (
  changes: object = {},
  machine: Partial<MachineReservation> = {},
): MachineReservation => {
  const config = accepted(
    valid.hosts,
    {
      storage: { path: "/srv/fall" },
      backup: { target: "file:///srv/fall-backups" },
      ...changes,
    },
    { stack: "fall" },
  );
  return {
    semester: semesterReservation(config, 0),
    authority: "fall's key",
    name: "hub",
    role: "hub",
    keepsFiles: (machine.role ?? "hub") === "hub",
    hub: "10.0.5.11",
    bridges: "172.30.0.0/16",
    packageProxy: "",
    gpus: 0,
    registry: { server: "10.0.5.11:5000", certificateAuthority: "fall's certificate" },
    ...machine,
  };
};
/** And the prototype beside it, which has nothing in common with it. */
const apart = {
  networks: { course: "10.13.16.0/20", control: "10.13.0.0/24" },
  storage: { path: "/srv/proto" },
  backup: { target: "file:///srv/proto-backups" },
  proxy: { port: 8443, httpPort: 8080 },
};
const proto = (changes: object = {}, machine: Partial<MachineReservation> = {}, slot = 1) => {
  const reservation = fall({ ...apart, ...changes }, { authority: "proto's key", ...machine });
  const semester = { ...reservation.semester, slot, stack: "proto" };
  return {
    ...reservation,
    registry: { server: "10.0.5.11:5001", certificateAuthority: "proto's certificate" },
    ...machine,
    semester,
  };
};

/** What the machine's own program says; each of `others` is there already. */
function clash(mine: MachineReservation, ...others: MachineReservation[]): string {
  const files = others.map((other, index) => {
    const file = join(folder, String(index), String(other.semester.slot), "claim");
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, machineReservation(other));
    return file;
  });
  const slot = `slot=${mine.semester.slot}`;
  const words = [
    "-v",
    slot,
    shellScript("machine/reservations.awk"),
    "mine=1",
    "-",
    "mine=0",
    ...files,
  ];
  const { stdout, stderr, status } = spawnSync("awk", words, {
    input: machineReservation(mine),
    encoding: "utf8",
  });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return stdout;
}

test("nothing, where they have nothing in common", () => {
  expect(clash(proto(), fall())).toBe("");
  expect(clash(fall(), proto())).toBe("");
  const [proxy, node] = [{ role: "proxy" as const }, { role: "node" as const, name: "node-1" }];
  expect(clash(proto({}, proxy), fall({}, proxy))).toBe("");
  expect(clash(proto({}, node), fall({}, node))).toBe("");
});

test("nothing, where it is there itself", () => {
  expect(clash(fall(), fall())).toBe("");
  expect(clash(fall({ storage: { path: "/srv/else" } }), fall(), proto())).toBe("");
});

const node = (name: string, hub = "10.0.5.11") => ({ role: "node" as const, name, hub });
test.each<[string, MachineReservation, MachineReservation, string]>([
  [
    "its slot",
    proto({}, {}, 0),
    fall(),
    "hosts.slot: 0 is taken by the stack fall: choose another from 0 to 9",
  ],
  [
    "another state",
    { ...fall(), authority: "another" },
    fall(),
    "the stack's name: another stack fall is here, which was made from another state",
  ],
  [
    "its own former slot",
    { ...fall(), semester: { ...fall().semester, slot: 2 } },
    fall(),
    "hosts.slot: 2 is not the one that this stack has here, 0",
  ],
  [
    "the machine's part",
    proto({}, { role: "proxy" }),
    fall(),
    "its part: the proxy, and the hub in the stack fall",
  ],
  [
    "the machine's name",
    proto({}, node("node-1")),
    fall({}, node("node-2")),
    "its name (hosts.….name): node-1, and node-2 in the stack fall",
  ],
  [
    "another hub",
    proto({}, node("node-1", "10.0.5.99")),
    fall({}, node("node-1")),
    "its part: a node of the hub at 10.0.5.99, and a node of the hub at 10.0.5.11 in",
  ],
  [
    "bridges",
    proto({}, { bridges: "172.31.0.0/16" }),
    fall(),
    "networks.bridges: 172.31.0.0/16, and 172.30.0.0/16 in the stack fall: a machine has one",
  ],
  [
    "the package proxy",
    proto(),
    fall({}, { packageProxy: "http://10.1.2.3:3142" }),
    "hosts.packageProxy: none, and http://10.1.2.3:3142 in the stack fall",
  ],
  [
    "who signed for a registry",
    proto({}, { registry: { server: "r.edu", certificateAuthority: "one" } }),
    fall({}, { registry: { server: "r.edu", certificateAuthority: "two" } }),
    "images.certificateAuthority for r.edu: ",
  ],
  [
    "a port",
    proto({ proxy: { port: 8443, httpPort: 443 } }, { role: "proxy" }),
    fall({}, { role: "proxy" }),
    "the port of proxy: 443 is taken by the stack fall: choose another",
  ],
  [
    "the folder",
    proto({ storage: { path: "/srv/fall" } }),
    fall(),
    "storage.path: /srv/fall is one with /srv/fall of the stack fall",
  ],
  [
    "a folder inside",
    proto({ storage: { path: "/srv/fall/proto" } }),
    fall(),
    "storage.path: /srv/fall/proto is one with /srv/fall of",
  ],
  [
    "a folder around",
    proto(),
    fall({ storage: { path: "/srv/proto/fall" } }),
    "storage.path: /srv/proto is one with /srv/proto/fall of",
  ],
  [
    "the backups",
    proto({ backup: { target: "file:///srv/fall-backups" } }),
    fall(),
    "backup.target: file:///srv/fall-backups is taken by the stack fall",
  ],
  [
    "a network",
    proto({ networks: { course: "10.11.20.0/22", control: "10.13.0.0/24" } }),
    fall(),
    "networks.course: 10.11.20.0/22 overlaps networks.course of the stack fall, 10.11.16.0/20",
  ],
  [
    "one network with another",
    proto({ networks: { course: "10.13.16.0/20", control: "10.11.31.0/24" } }),
    fall(),
    "networks.control: 10.11.31.0/24 overlaps networks.course of the stack fall, 10.11.16.0/20",
  ],
])("%s", (_, mine, other, message) => {
  const said = clash(mine, other);
  expect(said).toContain(message);
  expect(said.trim().split("\n")).toHaveLength(1);
});

test("all that is in the way is said at once, of every semester that is there", () => {
  const said = clash(
    proto({ storage: { path: "/srv/fall" } }, { bridges: "172.31.0.0/16" }),
    fall(),
    { ...proto(), semester: { ...proto().semester, stack: "spring" } },
  );
  expect(
    said
      .trim()
      .split("\n")
      .map((line) => line.split(":")[0]),
  ).toEqual([
    "networks.bridges",
    "storage.path",
    "hosts.slot",
    "networks.bridges",
    "backup.target",
    "networks.course",
    "networks.control",
  ]);
});

test("networks overlap where they have an address in common", () => {
  const network = fc
    .tuple(
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 17, max: 24 }),
    )
    .map(([second, third, prefix]) => {
      const size = 2 ** (24 - prefix);
      return { from: second * 256 + Math.floor(third / size) * size, size, prefix };
    });
  fc.assert(
    fc.property(network, network, (one, other) => {
      const written = ({ from, prefix }: { from: number; prefix: number }) =>
        `10.${Math.floor(from / 256)}.${from % 256}.0/${prefix}`;
      const reservation = (stack: string, slot: number, course: string): MachineReservation => {
        const { semester, ...rest } = proto({}, {}, slot);
        const networks = { course, control: slot === 0 ? "172.20.0.0/24" : "172.21.0.0/24" };
        const folders = { storage: `/srv/${stack}`, backups: stack };
        return {
          ...rest,
          authority: stack,
          semester: { ...semester, ...folders, stack, slot, networks },
        };
      };
      const said = clash(reservation("a", 0, written(one)), reservation("b", 1, written(other)));
      const apartFrom = one.from + one.size <= other.from || other.from + other.size <= one.from;
      expect(said === "").toBe(apartFrom);
    }),
    { numRuns: 25 },
  );
});
