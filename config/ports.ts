/** TCP ports on which components, the machines' firewalls and the configuration's checks agree. */

/** Where services listen in their containers. */
export const inContainers = {
  chp: 8000,
  registry: 5000,
  homes: 8443,
  grading: 8000,
  statistics: 8000,
} as const;

/** How many semesters may share machines: `hosts.slot` is below it. */
export const slots = 10;

/** The ports of its machines that a semester has for itself. */
export interface Ports {
  /** A machine's engine, behind mutual TLS. */
  readonly engine: number;
  /** On the hub's machine: chp's, for a proxy elsewhere. */
  readonly chp: number;
  /** On the hub's machine: where the other machines' images come from. */
  readonly registry: number;
  /** On the proxy's machine: a range that leads the admins to the machines' engines, one port each. */
  readonly forwards: { readonly first: number; readonly last: number };
}

/** A range of its own for each semester, wide enough for every course. */
const forwardsOfOne = 240;
/** Not the next port, which is the Swarm's. */
const betweenEngines = 10;

/** The ports of the semester that has this slot on its machines; no two slots have one in common. */
export function portsOf(slot = 0): Ports {
  const first = 23760 + forwardsOfOne * slot;
  return {
    engine: 2376 + betweenEngines * slot,
    chp: inContainers.chp + slot,
    registry: inContainers.registry + slot,
    forwards: { first, last: first + forwardsOfOne - 1 },
  };
}

/** Whether a port of the proxy's machine leads to an engine, of whichever semester. */
export function leadsToEngine(port: number): boolean {
  return Array.from({ length: slots }, (_, slot) => portsOf(slot)).some(
    ({ engine, forwards: { first, last } }) => port === engine || (port >= first && port <= last),
  );
}
