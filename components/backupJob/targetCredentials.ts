import * as pulumi from "@pulumi/pulumi";
import type { BackupAccess } from "../../config/types";
import type { ObjectStore } from "../machines/machine";

/**
 * What the backup image needs to reach a target that is no folder: variables for restic, and for SSH
 * the text of its key and of the hosts that it may speak to.
 */
export type TargetCredentials = Readonly<Record<string, pulumi.Input<string>>>;

/** Credentials of the configured target, or of the cloud's own store; undefined for a folder. */
export function targetCredentials(
  access?: BackupAccess,
  objectStore?: ObjectStore,
): TargetCredentials | undefined {
  if (access) return access.kind === "s3" ? s3(access) : sftp(access);
  return objectStore && swift(objectStore);
}

function swift(store: ObjectStore): TargetCredentials {
  return {
    ST_AUTH_VERSION: "3",
    OS_AUTH_URL: store.authUrl,
    OS_APPLICATION_CREDENTIAL_ID: store.credentialId,
    OS_APPLICATION_CREDENTIAL_SECRET: store.credentialSecret,
    ...(store.region !== undefined && { OS_REGION_NAME: store.region }),
  };
}

function s3(access: Extract<BackupAccess, { kind: "s3" }>): TargetCredentials {
  return {
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
    AWS_DEFAULT_REGION: access.region ?? "us-east-1",
  };
}

function sftp(access: Extract<BackupAccess, { kind: "sftp" }>): TargetCredentials {
  const { host, port, privateKey, hostKeys } = access;
  const name = port === undefined ? host : `[${host}]:${port}`;
  return {
    SFTP_KEY: privateKey,
    SFTP_KNOWN_HOSTS: pulumi.output(hostKeys.map((key) => `${name} ${key}\n`).join("")),
  };
}
