/** Reads where backups go. */

/** A place that backups go to. */
export type BackupTarget =
  | { readonly kind: "file"; readonly folder: string }
  | { readonly kind: "swift"; readonly container: string }
  | { readonly kind: "s3"; readonly server: string }
  | {
      readonly kind: "sftp";
      readonly user: string;
      readonly host: string;
      readonly port?: string;
    };

const server = "([a-zA-Z0-9][a-zA-Z0-9.-]*)(?::([1-9]\\d{0,4}))?";
const folder = "[\\w./@+-]+";
const s3 = new RegExp(`^s3://${server}/[a-z0-9][\\w.-]*(/${folder})?$`);
const sftp = new RegExp(`^sftp://([\\w.-]+)@${server}/${folder}$`);

/** Reads a target; undefined where nothing can be sent there. */
export function parseTarget(target: string): BackupTarget | undefined {
  const local = backupFolder(target);
  if (local !== undefined) return { kind: "file", folder: local };
  const [, container] = /^swift:\/\/([\w.-]{1,200})$/.exec(target) ?? [];
  if (container !== undefined) return { kind: "swift", container };
  const [, host = "", port] = s3.exec(target) ?? [];
  if (host !== "") return { kind: "s3", server: port === undefined ? host : `${host}:${port}` };
  const [, user = "", where = "", sshPort] = sftp.exec(target) ?? [];
  if (where === "") return undefined;
  return { kind: "sftp", user, host: where, ...(sshPort !== undefined && { port: sshPort }) };
}

/** The folder of a file:// target. */
export function backupFolder(target: string): string | undefined {
  if (!target.startsWith("file://")) return undefined;
  return target.slice("file://".length).replace(/(.)\/+$/, "$1");
}
