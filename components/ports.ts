/** TCP ports on which several components and the machines' firewalls agree. */
export const ports = {
  /** A machine's engine, behind mutual TLS. */
  engine: 2376,
  /** chp's, in its container and, for a proxy elsewhere, on the hub's machine. */
  chp: 8000,
  /** On the hub's machine: where the other machines' images come from. */
  registry: 5000,
} as const;
