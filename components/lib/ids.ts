/** Numeric users and groups that images, files and services agree on. */
export const ids = {
  /** The hub's process. */
  hub: 10990,
  /** The configurable-http-proxy's process. */
  chp: 10991,
  /** nginx on the public machine. */
  proxy: 10992,
  /** The registry's process. */
  registry: 10993,
  /** The ACME client's process; its group is nginx's. */
  acme: 10994,
  /** Everybody in the course: owns the exchange and the shared folder. */
  courseGroup: 19999,
  /** Students' UIDs start here and are never used twice. */
  firstStudent: 20000,
} as const;
