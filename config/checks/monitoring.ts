/** What must hold of the monitoring: somebody measures, and somebody delivers. */
import type { Rule } from "./rule";

/** The rule of this file. */
export const checkMonitoring: Rule = ({ monitoring, present }) =>
  monitoring?.prometheus === true && !present.has("alerts")
    ? [
        {
          path: ["monitoring", "prometheus"],
          value: true,
          problem:
            "needs the section alerts: its service measures the course, and sends what Alertmanager decides",
          fix: "add the section alerts with email or webhook, or write false",
        },
      ]
    : [];
