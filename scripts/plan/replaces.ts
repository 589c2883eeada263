/** Which changed input replaces a resource, as the official providers have it. */
import type { PlannedResource } from "./plan";

type Decision =
  "everything" | { readonly but: readonly string[] } | { readonly by: readonly string[] };

/** By short type. Types that are not here are updated in place. */
const decisions: Readonly<Record<string, Decision>> = {
  "docker:Secret": "everything",
  "docker:ServiceConfig": "everything",
  "docker:Network": "everything",
  "docker:Service": {
    by: [
      ...["name", "auth", "mode", "taskSpec.networksAdvanceds"],
      ...["hosts", "sysctl", "labels"].map((input) => `taskSpec.containerSpec.${input}`),
    ],
  },
  "docker:Container": {
    but: [
      ...["restart", "memory", "memorySwap", "cpuShares", "cpuSet", "maxRetryCount"],
      ...["mustRun", "wait", "waitTimeout", "healthcheck", "init", "tmpfs"],
    ],
  },
  "command:local:Command": { by: ["triggers"] },
  "command:remote:Command": { by: ["triggers"] },
  "tls:PrivateKey": "everything",
  "tls:CertRequest": "everything",
  "tls:SelfSignedCert": { but: ["earlyRenewalHours"] },
  "tls:LocallySignedCert": { but: ["earlyRenewalHours"] },
  "random:RandomBytes": "everything",
  "random:RandomPassword": "everything",
  "openstack:compute:Instance": {
    by: [
      ...["userData", "networks", "blockDevices", "keyPair", "availabilityZone", "configDrive"],
      ...["schedulerHints", "region"],
    ],
  },
  "openstack:compute:Keypair": "everything",
  "openstack:compute:ServerGroup": "everything",
  "openstack:compute:VolumeAttach": "everything",
  "openstack:blockstorage:Volume": {
    by: [
      ...["availabilityZone", "volumeType", "snapshotId", "sourceVolId", "backupId", "imageId"],
      ...["sourceReplica", "consistencyGroupId", "region"],
    ],
  },
  "openstack:identity:ApplicationCredential": "everything",
  "openstack:networking:Port": { by: ["networkId", "macAddress"] },
  "openstack:networking:Subnet": { by: ["cidr", "networkId", "ipVersion"] },
  "openstack:networking:FloatingIp": { by: ["pool", "address"] },
  "openstack:networking:FloatingIpAssociate": { by: ["floatingIp"] },
  "openstack:networking:RouterInterface": "everything",
  "openstack:networking:SecGroup": { by: ["deleteDefaultRules"] },
  "openstack:networking:SecGroupRule": "everything",
  "openstack:dns:RecordSet": { by: ["zoneId", "name", "type"] },
  "openstack:objectstorage:Container": { by: ["name"] },
};

/** Whether a path is an input, or inside of it. */
export function isWithin(path: string, input: string): boolean {
  return path === input || path.startsWith(`${input}.`) || path.startsWith(`${input}[`);
}

/** Whether changed inputs, by their paths, replace a resource. */
export function isReplaced(
  type: string,
  paths: readonly string[],
  { replaceOnChanges = [] }: PlannedResource,
): boolean {
  if (paths.some((path) => replaceOnChanges.some((input) => isWithin(path, input)))) return true;
  const decision = decisions[type];
  if (decision === undefined) return false;
  if (decision === "everything") return paths.length > 0;
  if ("by" in decision) {
    return paths.some((path) => decision.by.some((input) => isWithin(path, input)));
  }
  return paths.some((path) => !decision.but.some((input) => isWithin(path, input)));
}

/** Whether any change replaces a resource of a type, and what its provider makes up is another then. */
export function isMadeAnew(type: string): boolean {
  // Nothing refers to what is made up for a container.
  return type !== "docker:Container" && isReplaced(type, [""], {});
}
