/**
 * What index.ts uses of @pulumi/policy, which is a package of this folder's own: the program and its tests
 * do without it.
 */
declare module "@pulumi/policy" {
  export interface ResourceValidationArgs {
    readonly type: string;
    readonly name: string;
    readonly props: Record<string, unknown>;
    readonly opts: { readonly protect: boolean };
  }
  export type PolicyResource = ResourceValidationArgs;

  interface Policy {
    readonly name: string;
    readonly description: string;
  }
  interface ResourceValidationPolicy extends Policy {
    validateResource(args: ResourceValidationArgs, report: (message: string) => void): void;
  }
  interface StackValidationPolicy extends Policy {
    validateStack(
      args: { readonly resources: readonly PolicyResource[] },
      report: (message: string) => void,
    ): void;
  }

  export const PolicyPack: new (
    name: string,
    args: {
      readonly enforcementLevel: "advisory" | "mandatory" | "disabled";
      readonly policies: readonly (ResourceValidationPolicy | StackValidationPolicy)[];
    },
  ) => object;
}
