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
  /** The grading service's process. */
  grading: 10995,
  /** Owns the sandbox's queue of submissions; their code runs as users from 11000 on. */
  sandbox: 10996,
  /** PostgreSQL. */
  database: 10985,
  /** The alerts and gauges. */
  alerts: 10997,
  /** Prometheus and Alertmanager. */
  monitoring: 10986,
  /** The statistics service's process. */
  statistics: 10988,
  /**
   * Everybody who grades: the course folder and the exchange's release side are theirs. The GIDs from
   * 19000 to here are those of groups with a folder (images/homes).
   */
  gradersGroup: 19998,
  /** Everybody in the course: owns the exchange and the shared folder. */
  courseGroup: 19999,
  /** Students' UIDs start here and are never used twice. */
  firstStudent: 20000,
} as const;
