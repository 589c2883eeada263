/** Names of people and groups: what can be one, in one place. */
import { line } from "./entry";
import type { Login } from "../types";

type Method = Login["method"];

/** Control, invisible, private and unassigned characters: two people would look the same. */
const invisible = /[\p{C}\p{Zl}\p{Zp}\uFFFD]/u;

/**
 * A name as a login method gives it and JupyterHub compares it: in lower case, letters composed.
 * JupyterHub takes everything but a slash, and no blanks at the ends.
 */
export const userName = () =>
  line(128)
    .transform((name) => name.normalize("NFC").toLowerCase())
    .refine((name) => !invisible.test(name), "has a character that can't be seen or read")
    .refine(
      (name) => !/[/\\]/.test(name),
      "has a slash, which JupyterHub lets nobody be called with",
    )
    .refine(
      (name) => !name.startsWith("course-check-"),
      "is a name of the students that `npm run check` makes",
    )
    .refine((name) => name !== "." && name !== "..", "is not a user name but a path");

/** Groups that the hub makes: everybody is in one of them. */
const madeByTheHub: ReadonlySet<string> = new Set(["students", "staff"]);

/** A group's name, in the class list as in the configuration. */
export const groupName = () =>
  line(64)
    .regex(/^[a-zA-Z0-9][\w.-]*$/, "is not a group name: letters, digits and . _ -")
    .refine(
      (name) => !madeByTheHub.has(name.toLowerCase()),
      "is a group that the hub makes itself, of everybody with that role",
    );

/** Why nobody can log in by this name with a method, by the method's own rule. */
export function impossibleName(method: Method, name: string): string | undefined {
  // LTI takes what the learning management system says.
  if (!method.startsWith("lti") && /\s/.test(name)) {
    return `has a blank, and ${methodName[method]} has no such names`;
  }
  switch (method) {
    case "native":
      return name.includes(",") ? "has a comma, with which nobody can sign up" : undefined;
    case "github":
      return /^[a-z0-9][a-z0-9-]*(_[a-z0-9]+)?$/.test(name)
        ? undefined
        : "is not the name of a GitHub account: letters, digits and dashes";
    default:
      return undefined;
  }
}

const methodName: Readonly<Record<Method, string>> = {
  dummy: "the login with one password",
  native: "native login",
  google: "Google",
  github: "GitHub",
  cilogon: "CILogon",
  globus: "Globus",
  oidc: "OpenID Connect",
  lti: "LTI",
  lti13: "LTI 1.3",
  workshop: "a workshop",
};
