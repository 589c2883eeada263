import * as pulumi from "@pulumi/pulumi";

/** What the engine knows of a stack: outputs by URN. */
interface StackResources {
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * Ends the program where the stack's state was made by one from before, whose logical names had the
 * stack's in them: Pulumi would make the whole course a second time, beside the one that runs.
 */
export function refuseOlderState(stack: string): void {
  const project = pulumi.getProject();
  const name = `${pulumi.getOrganization()}/${project}/${stack}`;
  void pulumi.runtime
    .invoke("pulumi:pulumi:readStackResourceOutputs", { stackName: name })
    .then(({ outputs = {} }: StackResources) => Object.keys(outputs))
    // A backend that doesn't tell, or a stack that nothing was made in.
    .catch((): string[] => [])
    .then((urns) => {
      if (!urns.some((urn) => isOlder(urn, `${project}-${stack}`))) return;
      throw new pulumi.RunError(
        `The stack ${stack} was made by an older semesterhub, and this one would make everything anew beside it. ` +
          `End it with the version that made it (git checkout that version; npm run down -- --stack ${stack}): ` +
          `files and backups stay, and the next up of this version takes them.`,
      );
    });
}

/** Whether a resource has a name of before: the stack's own resource is called like that, too. */
export function isOlder(urn: string, prefix: string): boolean {
  const [, , types = "", name = ""] = urn.split("::");
  return types !== "pulumi:pulumi:Stack" && (name === prefix || name.startsWith(`${prefix}-`));
}
