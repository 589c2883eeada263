// Who logs in: the operator's own SSH once, the stack's key from then on.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Program } from "../../../lib/harness";
import { machine, remote, run, step, waits } from "../../../lib/sshMachines";
import { unpacked } from "../../../../../scripts/plan/mocks";

const machines = ["proxy", "hub", "node-1"];
const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
const otherKey = join(folder, "key");
writeFileSync(otherKey, "-----BEGIN PRIVATE KEY-----\nanother\n-----END PRIVATE KEY-----\n");
afterAll(() => {
  rmSync(folder, { recursive: true });
});
let program: Program;
beforeAll(async () => {
  program = await run(1);
});

/** What the engine compares in a preview: the inputs that no change is ignored of. */
const compared = ({ resources }: Program) =>
  new Map(
    resources.map(({ urn, inputs, ignoreChanges }) => [
      urn,
      Object.fromEntries(Object.entries(inputs).filter(([name]) => !ignoreChanges.includes(name))),
    ]),
  );

test.each([
  ["another key, at another path", { keyFile: otherKey }],
  ["their SSH agent instead of a file", { keyFile: undefined }],
  ["another key for one machine", { proxy: machine(10, { keyFile: otherKey }) }],
])("another operator's preview is clean: %s", async (_, changes) => {
  const other = await run(1, changes);
  expect(other.error).toBeUndefined();
  expect(compared(other)).toEqual(compared(program));
});

test("every connection is with the stack's key, and nothing has the operator's", () => {
  const key = program.byName("ssh-key");
  expect(key).toMatchObject({ type: "tls:index/privateKey:PrivateKey" });
  for (const resource of program.byType(remote)) {
    expect(resource.dependencies).toContain(key.urn);
    expect(resource.secrets).toContain("connection");
  }
  expect(JSON.stringify(program.resources)).not.toContain("the operator's own");
});

test("the operator's key lets it in, and is asked for again only by another machine or another key", () => {
  for (const name of machines) {
    const { type, inputs, ignoreChanges } = step(program, name, "access");
    expect(type).toBe("command:local:Command");
    expect(ignoreChanges).toEqual(["create", "environment"]);
    expect(inputs.delete).toBeUndefined();
    const { HOST_KEY, PUBLIC_KEY, SSH_USER } = inputs.environment as Record<string, unknown>;
    expect(inputs.triggers).toEqual([HOST_KEY, PUBLIC_KEY, SSH_USER, ""]);
    expect(PUBLIC_KEY).toBe("ssh-ed25519 AAAA");
  }
});

test("through the bastion the operator goes with the operator's key for it", async () => {
  const { environment } = step(program, "hub", "access").inputs;
  expect(environment).toMatchObject({
    ...{ HOST: "203.0.113.11", PORT: "2222", SSH_USER: "debian" },
    ...{ BASTION_HOST: "203.0.113.10", BASTION_PORT: "22", BASTION_USER: "root" },
  });
  const own = await run(1, { bastion: machine(5, { keyFile: otherKey }) });
  expect(step(own, "proxy", "access").inputs.environment).toMatchObject({
    BASTION_HOST: "203.0.113.5",
    BASTION_KEY_FILE: otherKey,
  });
  expect(step(own, "bastion", "access").inputs.environment).toMatchObject({
    ...{ HOST: "203.0.113.5", KEY_FILE: otherKey, BASTION_HOST: "" },
  });
});

test("the stack's key is taken away last, by a login with itself", () => {
  for (const name of machines) {
    const login = step(program, name, "login");
    expect(unpacked(login.inputs.stdin).delete).toContain("authorized_keys");
    for (const what of ["base", "docker", "tls", "engine"]) {
      expect(waits(program, step(program, name, what), login)).toBe(true);
    }
    // SSH to every other machine goes through the proxy's.
    for (const what of ["hostkey", "login", "engine"]) {
      if (name === "proxy") continue;
      expect(waits(program, step(program, name, what), step(program, "proxy", "login"))).toBe(true);
    }
  }
});
