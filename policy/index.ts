// The policy pack, for `pulumi preview --policy-pack policy`. Its rules are in rules.ts.
import { PolicyPack, type ResourceValidationArgs } from "@pulumi/policy";
import type { PolicyResource } from "./resource";
import { resourceRules, stackRules } from "./rules";

function seen({ type, name, props, opts }: ResourceValidationArgs): PolicyResource {
  return { type, name, inputs: props, protect: opts.protect };
}

new PolicyPack("semesterhub", {
  enforcementLevel: "mandatory",
  policies: [
    ...resourceRules.map(({ name, description, check }) => ({
      name,
      description,
      validateResource: (args: ResourceValidationArgs, report: (message: string) => void) => {
        for (const problem of check(seen(args))) report(`${args.name} ${problem}`);
      },
    })),
    ...stackRules.map(({ name, description, check }) => ({
      name,
      description,
      validateStack: (
        { resources }: { readonly resources: readonly ResourceValidationArgs[] },
        report: (message: string) => void,
      ) => {
        for (const problem of check(resources.map(seen))) report(problem);
      },
    })),
  ],
});
