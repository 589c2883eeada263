/** Rules for what Docker runs: services, containers, their data, networks and images. */
import type { Level, Rule } from "./effect";
import { resourceOf, roleOf } from "./look";

/** What a restart of each of the course's own means. A new one takes the place of the old one by itself. */
const restarts: Readonly<Record<string, { readonly level: Level; readonly what: string }>> = {
  hub: { level: "hubAway", what: "the hub restarts" },
  chp: { level: "reconnects", what: "chp restarts" },
  homes: { level: "waits", what: "the homes service restarts" },
  database: { level: "hubAway", what: "the hub's database restarts" },
  cull: { level: "nothing", what: "the culler restarts" },
  backup: { level: "nothing", what: "the backup service restarts" },
  registry: { level: "nothing", what: "the registry restarts" },
  proxy: { level: "offline", what: "nginx's container is replaced" },
  acme: { level: "nothing", what: "the certificate's client restarts" },
  grading: { level: "nothing", what: "the grading service restarts" },
  sandbox: { level: "nothing", what: "the grading sandbox restarts" },
  statistics: { level: "nothing", what: "the statistics service restarts" },
  alerts: { level: "nothing", what: "the alerts restart, and say what lasts" },
  monitoring: { level: "nothing", what: "Prometheus restarts, and records nothing meanwhile" },
  gauge: { level: "nothing", what: "the machines' memory and disks are measured a moment later" },
  intake: { level: "nothing", what: "what is handed in is taken a moment later" },
  firewall: { level: "waits", what: "the firewall restarts" },
};

const isRunning = (type: string) => type === "docker:Service" || type === "docker:Container";

export const serviceRules: readonly Rule[] = [
  {
    about: "the networks",
    effect: ({ type, kind }) =>
      type === "docker:Network" && kind !== "create"
        ? { level: "stops", what: "a network of the containers is replaced" }
        : undefined,
  },
  {
    about: "a service that comes",
    effect: ({ type, kind }) =>
      isRunning(type) && kind === "create"
        ? { level: "nothing", what: "something new starts" }
        : undefined,
  },
  {
    about: "a node's firewall that goes with the node",
    effect: (change, { base }) => {
      const { type, kind } = change;
      if (!isRunning(type) || kind !== "delete") return undefined;
      return roleOf(resourceOf(change), base.stack) === "firewall"
        ? { level: "nothing", what: "a firewall goes with its machine" }
        : undefined;
    },
  },
  {
    about: "the course's own services",
    effect: (change, { head, base }) => {
      if (!isRunning(change.type)) return undefined;
      const plan = change.after === undefined ? base : head;
      const roles = [change.before, change.after].map((it) => roleOf(it ?? {}, plan.stack));
      const restart = restarts[roles.find((role) => role in restarts) ?? ""];
      if (!restart) return undefined;
      return change.kind === "delete" && !["nothing", "waits"].includes(restart.level)
        ? { level: "stops", what: "a service of the course goes" }
        : restart;
    },
  },
  {
    about: "secrets, settings, images, networks that come",
    effect: ({ type }) =>
      /^docker:(Secret|ServiceConfig|Image|Network|RemoteImage)$/.test(type)
        ? { level: "nothing", what: "what services are made from" }
        : undefined,
  },
];
