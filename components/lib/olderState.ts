import * as pulumi from "@pulumi/pulumi";

/** What the engine tells of a stack. */
interface StackResources {
  /** Outputs by URN. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * Rejects where the stack's state was made by a program from before, whose logical names had the
 * stack's in them: Pulumi would make the whole course a second time, beside the one that runs.
 */
export async function refuseOlderState(stack: string): Promise<void> {
  const project = pulumi.getProject();
  const stackName = `${pulumi.getOrganization()}/${project}/${stack}`;
  const asked = pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
  // A backend that doesn't tell, or a stack in which nothing was made, is no obstacle.
  const { outputs = {} } = (await asked.catch(() => ({}))) as StackResources;
  if (!Object.keys(outputs).some((urn) => isOlder(urn, `${project}-${stack}`))) return;
  // Shown as its message alone, without a stack trace.
  throw new pulumi.RunError(
    `The stack ${stack} was made by an older semesterhub, and this one would make everything anew beside it. ` +
      `End it with the version that made it (git checkout that version; npm run down -- --stack ${stack}): ` +
      `files and backups stay, and the next up of this version takes them.`,
  );
}

/** Whether a resource has a name of before: the stack's own resource is called like that, too. */
export function isOlder(urn: string, prefix: string): boolean {
  const [, , types = "", name = ""] = urn.split("::");
  return types !== "pulumi:pulumi:Stack" && (name === prefix || name.startsWith(`${prefix}-`));
}
