/** The rules: which change has which effect on people. The first that knows a change decides. */
import type { Change } from "../compare";
import { cloudRules } from "./cloud";
import { machineRules } from "./machines";
import { serviceRules } from "./services";
import type { Effect, Plans, Rule } from "./effect";
import { machineOf, resourceOf } from "./look";

/** A change of what waits for what: of no matter but to Pulumi. */
export const orderOnly = "another order";

const always: readonly Rule[] = [
  {
    about: "the order in which things are made",
    effect: ({ kind }) => (kind === "order" ? { level: "nothing", what: orderOnly } : undefined),
  },
  {
    about: "what is protected",
    effect: ({ kind, before }) =>
      before?.protect && (kind === "replace" || kind === "delete")
        ? { level: "refused", what: "something protected would go" }
        : undefined,
  },
  {
    about: "components, providers, generated values",
    effect: ({ type }) =>
      /^(semesterhub|pulumi|random|tls):/.test(type)
        ? { level: "nothing", what: "values that others are made from" }
        : undefined,
  },
];

export const rules: readonly Rule[] = [...always, ...serviceRules, ...machineRules, ...cloudRules];

/** What a change means for people. */
export function effectOf(change: Change, plans: Plans): Effect {
  const plan = change.after === undefined ? plans.base : plans.head;
  const machine = machineOf(resourceOf(change), plan);
  for (const rule of rules) {
    const effect = rule.effect(change, plans);
    if (effect) return { machine, ...effect };
  }
  return { level: "unknown", what: `${change.key}: ${change.kind}`, machine };
}
