/** Rules for scripts that run on machines, known by the script's name. */
import type { Change } from "../compare";
import type { KnownEffect, Rule } from "./effect";
import { environmentOf, resourceOf, scriptOf } from "./look";

const isCommand = ({ type }: Change) => type.startsWith("command:");
const changedValue = ({ differences }: Change, variable: string) =>
  differences.find(({ path }) => path === `environment.${variable}`);

/** A rule for commands that run a script of this name. */
const of =
  (scripts: RegExp, effect: (change: Change) => KnownEffect | undefined): Rule["effect"] =>
  (change) => {
    const names = [scriptOf(resourceOf(change), "create"), scriptOf(resourceOf(change), "delete")];
    if (!isCommand(change) || !names.some((name) => scripts.test(name))) return undefined;
    return effect(change);
  };

/** Where files are: what can't be another way while anybody works. */
const place =
  (variable: string, what: string) =>
  (change: Change): KnownEffect | undefined =>
    changedValue(change, variable) ? { level: "refused", what } : undefined;

export const machineRules: readonly Rule[] = [
  {
    about: "a machine that another one has taken the place of",
    effect: of(/^baseline$/, (change) => {
      if (!changedValue(change, "SEMESTERHUB_GENERATION")) return undefined;
      const machine = environmentOf(resourceOf(change)).SEMESTERHUB_MACHINE ?? "";
      return { level: "stops", what: `all on ${machine} is made anew` };
    }),
  },
  {
    about: "the folder of the course's files",
    effect: of(/^(tree|volume|nfs-mount|nfs-export|storage-check)$/, (change) =>
      ["STORAGE", "MOUNT"].reduce<KnownEffect | undefined>(
        (found, variable) =>
          found ??
          place(variable, "the files would be in another folder, where they are not")(change),
        undefined,
      ),
    ),
  },
  {
    about: "a node that leaves",
    effect: of(/^(swarm-)?node-close$/, (change) => {
      if (change.kind !== "delete" && change.kind !== "replace") return undefined;
      const { NODE_NAME = "", DRAIN_MINUTES = "" } = environmentOf(change.before ?? {});
      return {
        level: "drains",
        what: `the node ${NODE_NAME} leaves`,
        lasts: `${DRAIN_MINUTES} minutes at most`,
        machine: NODE_NAME,
      };
    }),
  },
  {
    about: "a node that comes",
    effect: of(/^(swarm-)?node-open$/, (change) =>
      change.kind === "create"
        ? {
            level: "nothing",
            what: `the node ${environmentOf(resourceOf(change)).NODE_NAME ?? ""} comes: room for more servers`,
          }
        : undefined,
    ),
  },
  {
    about: "the Swarm itself",
    effect: of(/^(swarm|manager)$/, (change) =>
      change.kind === "delete" || change.kind === "replace" || changedValue(change, "ADVERTISE")
        ? { level: "stops", what: "the Swarm is made anew" }
        : undefined,
    ),
  },
  {
    about: "a machine's place in the Swarm",
    // One that goes for good had its time to drain.
    effect: of(/^(swarm-)?join$/, (change) =>
      change.kind === "replace" ||
      changedValue(change, "ADVERTISE") ||
      changedValue(change, "MANAGER")
        ? { level: "stops", what: "a machine joins the Swarm anew" }
        : undefined,
    ),
  },
  {
    about: "the mount of a node's files",
    effect: of(/^nfs-mount$/, (change) =>
      changedValue(change, "SERVER")
        ? { level: "stops", what: "files are mounted anew" }
        : undefined,
    ),
  },
  {
    about: "the check that the course answers",
    effect: of(/^course-check$/, () => ({
      level: "nothing",
      what: "a made-up student logs in, and is removed: the course answers",
    })),
  },
  {
    about: "how SSH reaches a machine, and what the steps on it are",
    effect: (change) =>
      isCommand(change)
        ? { level: "nothing", what: "steps on machines run again; each can" }
        : undefined,
  },
];
