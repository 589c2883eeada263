/** Where a semester's backups go in its own cloud. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { OpenStackConfig } from "../../../config/types";
import type { ObjectStore } from "../machine";

/** What the container and the credential are made from. */
export interface BackupContainerArgs {
  /** What the names of things in the cloud start with. */
  readonly name: string;
  readonly container: string;
  readonly openstack: OpenStackConfig;
}

/** Roles that let an ordinary user keep objects; what a cloud calls its own is in none of them. */
const storeRoles = ["swiftoperator", "member", "_member_"];

/**
 * The container in the object store, which outlives the semester, and a credential that can be taken
 * back without a change of anybody's password.
 */
export class BackupContainer extends pulumi.ComponentResource {
  readonly store: ObjectStore;

  constructor(
    name: string,
    args: BackupContainerArgs,
    opts: pulumi.ComponentResourceOptions & { readonly provider: openstack.Provider },
  ) {
    super("semesterhub:index:BackupContainer", name, {}, opts);
    const common = { parent: this, provider: opts.provider };
    const { backupCredential, region } = args.openstack;
    const container = new openstack.objectstorage.Container(
      "backup-container",
      { name: args.container, metadata: { semesterhub: args.name } },
      // The backups are what is left of a semester.
      { ...common, protect: true },
    );
    const scope = openstack.identity.getAuthScopeOutput({ name: args.name }, common);
    const credential =
      backupCredential ??
      (() => {
        const made = new openstack.identity.ApplicationCredential(
          "backup-credential",
          {
            name: `${args.name}-credential`,
            description: "Backups of the course",
            unrestricted: false,
            roles: scope.roles.apply((roles) => rolesFor(roles.map(({ roleName }) => roleName))),
          },
          // A user has one credential of a name.
          { ...common, deleteBeforeReplace: true },
        );
        return { id: made.id, secret: pulumi.secret(made.secret) };
      })();
    this.store = {
      container: container.name,
      authUrl: scope.serviceCatalogs.apply((services) => identityUrl(services, region)),
      credentialId: pulumi.output(credential.id),
      credentialSecret: pulumi.output(credential.secret),
      ...(region !== undefined && { region }),
    };
    this.registerOutputs({ container: container.name });
  }
}

/**
 * The roles of the credential: of the operator's own, those that objects need, so that the backups
 * of an administrator can't administer. Access rules would be narrower, and a Swift that does not
 * know of them, as it comes, refuses whoever has some.
 */
function rolesFor(own: readonly string[]): string[] {
  const needed = own.filter((role) => storeRoles.includes(role));
  return needed.length === 0 ? [...own] : needed;
}

interface CatalogService {
  readonly type: string;
  readonly endpoints: readonly {
    readonly interface: string;
    readonly region: string;
    readonly url: string;
  }[];
}

/** Where the cloud's own catalog says that tokens are given out. */
function identityUrl(services: readonly CatalogService[], region?: string): string {
  const found = services
    .filter(({ type }) => type === "identity")
    .flatMap(({ endpoints }) => endpoints)
    .find((endpoint) => {
      const here = region === undefined || endpoint.region === region;
      return endpoint.interface === "public" && here;
    });
  if (!found) throw new pulumi.RunError("The cloud's catalog has no public identity service.");
  return `${found.url.replace(/\/+(v3)?\/*$/, "")}/v3`;
}
