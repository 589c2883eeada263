// What opens the place that backups go to, and where it is seen.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { targetCredentials } from "../../../../components/backupJob/targetCredentials";
import { valid } from "../../lib/configHelp";
import { fakeMachines } from "../../lib/fakeMachines";
import { runProgram, type Program } from "../../lib/harness";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
const keyFile = join(folder, "key");
const key = `-----BEGIN PRIVATE KEY-----\n${"p".repeat(20)}\n-----END PRIVATE KEY-----\n`;
writeFileSync(keyFile, key);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const service = "docker:index/service:Service";
const secretType = "docker:index/secret:Secret";

/** A program, what the backup's container is told, and what opens the target. */
function seen(program: Program) {
  expect(program.error?.message).toBeUndefined();
  const { taskSpec } = program.byName("backup", service).inputs;
  const { containerSpec } = taskSpec as {
    containerSpec: {
      env: Record<string, string>;
      secrets: readonly { readonly fileName: string; readonly fileMode: number }[];
    };
  };
  const [secret] = program.byType(secretType).filter(({ name }) => name === "backup-access");
  return {
    env: containerSpec.env,
    files: containerSpec.secrets.map(({ fileName }) => fileName),
    modes: containerSpec.secrets.map(({ fileMode }) => fileMode),
    open: JSON.stringify(containerSpec),
    access:
      secret &&
      (JSON.parse(Buffer.from(String(secret.inputs.data), "base64").toString()) as unknown),
  };
}

const resolved = (options: unknown) =>
  new Promise<unknown>((resolve) => {
    pulumi.output({ options }).apply((known) => {
      resolve(known.options);
    });
  });

describe("a container of the cloud", () => {
  let program: Program;
  beforeAll(async () => {
    program = await runProgram({
      stack: "prod",
      config: { ...valid.openstack, openstack: { ...valid.openstack.openstack, region: "R" } },
    });
  });
  const find = (thing: string, type?: string) => program.byName(thing, type);

  test("the program's credential opens it, in a Swarm secret alone", () => {
    const { env, files, modes, access, open } = seen(program);
    expect(env.BACKUP_TARGET).toBe("swift://semesterhub-prod-backups");
    expect(files).toEqual(["backup-passphrase", "backup-access"]);
    expect(modes).toEqual([0o400, 0o400]);
    expect(access).toEqual({
      ST_AUTH_VERSION: "3",
      OS_AUTH_URL: "https://cloud.example.edu:5000/v3",
      OS_APPLICATION_CREDENTIAL_ID: `${find("backup-credential").name}-id`,
      OS_APPLICATION_CREDENTIAL_SECRET: expect.stringMatching(/./) as string,
      OS_REGION_NAME: "R",
    });
    expect(open).not.toContain((access as Record<string, string>).OS_APPLICATION_CREDENTIAL_SECRET);
  });

  test("goes after the last backup", () => {
    const { dependencies } = find("backup", service);
    expect(dependencies).toContain(find("backup-container").urn);
  });

  test("the credential keeps objects, and an administrator's can't administer", () => {
    expect(find("backup-credential").inputs).toMatchObject({
      unrestricted: false,
      roles: ["member"],
    });
  });
});

test("a bucket", async () => {
  const secretAccessKey = pulumi.secret("shh");
  const access = { kind: "s3", server: "s3.example.edu:9000", accessKeyId: "id" } as const;
  expect(await resolved(targetCredentials({ ...access, secretAccessKey }))).toEqual({
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "shh",
    AWS_DEFAULT_REGION: "us-east-1",
  });
});

test("a folder that SSH reaches: only the machine that has one of its host keys", async () => {
  const hostKeys = ["ssh-ed25519 AAAA", "ssh-rsa BBBB"];
  const program = await runProgram({
    config: {
      ...valid.hosts,
      hosts: { ...valid.hosts.hosts, keyFile },
      backup: { target: "sftp://keeper@store.example.edu/course", sftp: { keyFile, hostKeys } },
    },
    machines: fakeMachines(0),
  });
  const { env, access } = seen(program);
  expect(env.BACKUP_TARGET).toBe("sftp://keeper@store.example.edu/course");
  expect(access).toEqual({
    SFTP_KEY: key,
    SFTP_KNOWN_HOSTS: "store.example.edu ssh-ed25519 AAAA\nstore.example.edu ssh-rsa BBBB\n",
  });
  const privateKey = pulumi.secret(key);
  const other = { kind: "sftp", user: "keeper", host: "store", port: "2222", hostKeys } as const;
  expect(await resolved(targetCredentials({ ...other, privateKey }))).toMatchObject({
    SFTP_KNOWN_HOSTS: "[store]:2222 ssh-ed25519 AAAA\n[store]:2222 ssh-rsa BBBB\n",
  });
});

test("a folder of the machine needs nothing", () => {
  expect(targetCredentials()).toBeUndefined();
});
