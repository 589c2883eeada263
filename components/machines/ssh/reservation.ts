/** What a semester has of a machine that others may be on too, as text: a pure function of data. */
import { createHash } from "node:crypto";
import type { ProxyConfig, SemesterConfig } from "../../../config/types";
import type { MachineRole } from "../machine";

/** Of the semester as a whole, the same on each of its machines. */
export interface SemesterReservation {
  readonly stack: string;
  /** Which of several semesters on the same machines it is: `hosts.slot`. */
  readonly slot: number;
  /** The container networks, in CIDR form. */
  readonly networks: { readonly course: string; readonly control: string };
  /** The storage tree's folder. */
  readonly storage: string;
  /** Where its backups go. */
  readonly backups: string;
  /** Ports of the proxy's machine that everybody reaches. */
  readonly publicPorts: readonly number[];
}

/** What a configuration reserves. */
export function semesterReservation(
  config: Pick<SemesterConfig, "stack" | "proxy" | "networks" | "storage" | "backup">,
  slot: number,
): SemesterReservation {
  const { stack, proxy, networks, storage, backup } = config;
  return {
    ...{ stack, slot },
    networks: { course: networks.course.cidr, control: networks.control.cidr },
    storage: storage.path,
    backups: backup.target,
    publicPorts: publicPorts(proxy),
  };
}

/** Ports of the proxy's machine for everybody. */
export function publicPorts({ port, httpPort }: ProxyConfig): readonly number[] {
  return [port, ...(httpPort === undefined ? [] : [httpPort])];
}

/** Of one machine. */
export interface MachineReservation {
  readonly semester: SemesterReservation;
  /** Tells the stack from one of the same name that another state knows. */
  readonly authority: string;
  readonly name: string;
  readonly role: MachineRole;
  /** Whether it has the storage tree. */
  readonly keepsFiles: boolean;
  /** The hub's internal address. */
  readonly hub: string;
  readonly bridges: string;
  readonly packageProxy: string;
  /** That servers can have. */
  readonly gpus: number;
  readonly registry: { readonly server: string; readonly certificateAuthority: string };
}

/**
 * Lines of a kind, what it is about, and its value, which `machine/reservations.awk` holds against those of
 * the other semesters: `same` must be the same in all, `alone` is nobody else's, a `folder` is not
 * inside of another's, a `network` has no address of another's.
 */
export function machineReservation(reservation: MachineReservation): string {
  const { semester, role, keepsFiles, hub, registry } = reservation;
  const { stack, networks, storage, backups, publicPorts } = semester;
  const lines = [
    ["stack", stack, digest(reservation.authority)],
    ["same", "its name (hosts.….name)", reservation.name],
    ["same", "its part", partOf(role, hub)],
    ["same", "networks.bridges", reservation.bridges],
    ["same", "hosts.packageProxy", reservation.packageProxy || "none"],
    ["same", "its GPUs (hosts.….gpus)", String(reservation.gpus)],
    [
      "same",
      `images.certificateAuthority for ${registry.server}`,
      digest(registry.certificateAuthority),
    ],
    ...(role === "proxy"
      ? publicPorts.map((port) => ["alone", "the port of proxy", String(port)])
      : []),
    ...(keepsFiles
      ? [
          ["folder", "storage.path", storage],
          ["alone", "backup.target", backups],
        ]
      : []),
    // Whoever shares a node shares its hub.
    ...(role === "hub"
      ? [
          ["network", "networks.course", networks.course],
          ["network", "networks.control", networks.control],
        ]
      : []),
  ];
  return lines.map((line) => `${line.join("\t")}\n`).join("");
}

function partOf(role: MachineRole, hub: string): string {
  switch (role) {
    case "proxy":
    case "hub":
      return `the ${role}`;
    case "storage":
      return `the files of the hub at ${hub}`;
    case "node":
      return `a node of the hub at ${hub}`;
  }
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
