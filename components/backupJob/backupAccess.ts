import * as pulumi from "@pulumi/pulumi";
import type { BackupAccess } from "../../config/types";
import type { ObjectStore } from "../machines/machine";

/** What opens a target that is no folder: rclone's options, as images/backup reads them. */
export type RcloneOptions = Readonly<Record<string, pulumi.Input<string>>>;

/** What opens the cloud's own store, or what the configuration says; undefined: a folder. */
export function rcloneOptions(
  access?: BackupAccess,
  objectStore?: ObjectStore,
): RcloneOptions | undefined {
  if (access) return access.kind === "s3" ? s3(access) : sftp(access);
  return objectStore && swift(objectStore);
}

function swift(store: ObjectStore): RcloneOptions {
  return {
    type: "swift",
    auth: store.authUrl,
    auth_version: "3",
    application_credential_id: store.credentialId,
    application_credential_secret: store.credentialSecret,
    ...(store.region !== undefined && { region: store.region }),
  };
}

function s3(access: Extract<BackupAccess, { kind: "s3" }>): RcloneOptions {
  return {
    type: "s3",
    provider: "Other",
    endpoint: `https://${access.server}`,
    access_key_id: access.accessKeyId,
    secret_access_key: access.secretAccessKey,
    region: access.region ?? "us-east-1",
    // Whoever may write in a bucket may not always look at it, or make it.
    no_check_bucket: "true",
  };
}

function sftp(access: Extract<BackupAccess, { kind: "sftp" }>): RcloneOptions {
  const { host, port, user, privateKey, hostKeys } = access;
  const name = port === undefined ? host : `[${host}]:${port}`;
  return {
    type: "sftp",
    host,
    user,
    ...(port !== undefined && { port }),
    key_pem: privateKey,
    known_hosts: pulumi.output(hostKeys.map((key) => `${name} ${key}\n`).join("")),
    // Nothing but files: no command is run there.
    disable_hashcheck: "true",
    shell_type: "none",
  };
}
