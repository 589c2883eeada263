/** What must hold of the alerts: somebody is told, and no password travels in clear. */
import type { Problem } from "../problems";
import type { Rule } from "./rule";

/** The rules of this file. */
export const checkAlerts: Rule = ({ alerts }) => {
  if (!alerts) return [];
  const { email, webhook } = alerts;
  const problems: Problem[] = [];
  if (!email && !webhook) {
    problems.push({
      path: ["alerts"],
      problem: "tells nobody: there is neither email nor webhook",
      fix: "add the section alerts.email with server, from and to, or alerts.webhook with url",
    });
  }
  if (!email) return problems;
  const { username, password, security } = email;
  if (username === undefined && password !== undefined) {
    problems.push({
      path: ["alerts", "email", "username"],
      problem: "is missing, and there is a password",
      fix: "write the account that the password belongs to",
    });
  }
  if (username !== undefined && password === undefined) {
    problems.push({
      path: ["alerts", "email", "password"],
      problem: "is missing, and there is a username",
      fix: "encrypt it: pulumi config set --secret --path 'semesterhub:alerts.email.password'",
    });
  }
  if (security === "none" && password !== undefined) {
    problems.push({
      path: ["alerts", "email", "security"],
      value: security,
      problem: "would send the password in clear",
      fix: 'write another, for example "starttls"',
    });
  }
  return problems;
};
