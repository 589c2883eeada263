// The policy pack: `pulumi preview --policy-pack policy`. The rules are in rules.ts.
import {
  PolicyPack,
  type PolicyResource as Seen,
  type ResourceValidationArgs,
} from "@pulumi/policy";
import type { PolicyResource } from "./resource";
import { resourceRules, stackRules } from "./rules";

function seen({ type, name, props, opts }: Seen | ResourceValidationArgs): PolicyResource {
  return { type, name, inputs: props as Record<string, unknown>, protect: opts.protect };
}

new PolicyPack("semesterhub", {
  enforcementLevel: "mandatory",
  policies: [
    ...resourceRules.map(({ name, description, check }) => ({
      name,
      description,
      validateResource: (
        args: ResourceValidationArgs,
        report: (message: string, urn?: string) => void,
      ) => {
        for (const problem of check(seen(args))) report(`${args.name} ${problem}`);
      },
    })),
    ...stackRules.map(({ name, description, check }) => ({
      name,
      description,
      validateStack: (
        args: { readonly resources: readonly Seen[] },
        report: (message: string) => void,
      ) => {
        for (const problem of check(args.resources.map(seen))) report(problem);
      },
    })),
  ],
});
