/** What is recorded for whoever knows Prometheus. */
import { z } from "zod";
import { count, entry } from "./entry";

/** The monitoring section. */
export const monitoring = entry(
  z.strictObject({
    prometheus: entry(z.boolean(), {
      about:
        "Do Prometheus and Alertmanager run on the hub's machine? They record what the hub, its " +
        "proxy and the alerts measure, and then decide what `alerts` sends. Needs the section alerts.",
      expects: "true or false",
      example: true,
    }).default(false),
    keepDays: entry(count(1, 3650), {
      about: "How long it is kept; less when it would need more than `keepGigabytes`.",
      expects: "a number of days",
      example: 365,
    }).default(200),
    keepGigabytes: entry(count(1, 1000), {
      about: "How much of the disk of the hub's machine it may take.",
      expects: "a number of gigabytes",
      example: 20,
    }).default(5),
  }),
  {
    about: "Metrics for Prometheus and Grafana (docs/monitoring.md).",
    expects: "a section",
  },
).prefault({});
