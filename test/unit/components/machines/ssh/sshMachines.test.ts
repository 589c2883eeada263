// The machines of the platform `hosts`: their steps, in which order, through which connections.
import { shellScript } from "../../../../../components/lib/shell";
import type { Program } from "../../../lib/harness";
import { unpacked } from "../../../../../scripts/plan/mocks";
import {
  address,
  connection,
  hostKey,
  internal,
  machine,
  remote,
  run,
  step,
  steps,
  waits,
} from "../../../lib/sshMachines";

let two: Program;
beforeAll(async () => {
  two = await run(2);
});

test.each([0, 2, 7])("with %d nodes, each machine has its steps and an engine", async (nodes) => {
  const program = await run(nodes);
  const names = ["proxy", "hub", ...Array.from({ length: nodes }, (_, i) => `node-${i + 1}`)];
  expect(program.error).toBeUndefined();
  expect(program.outputs.names).toEqual(names.slice(1));
  for (const name of names) {
    for (const what of steps) expect(step(program, name, what)).toBeDefined();
  }
  expect(program.byType("pulumi:providers:docker").map(({ inputs }) => inputs.host)).toEqual(
    names.map((_, index) => `tcp://203.0.113.10:${23760 + index}`),
  );
  // All steps but those that run here (the access, and the proxy's host key), two runs of the hub's, and
  // one on the hub's machine that lets the node in.
  const here = names.length + 1;
  expect(program.byType(remote)).toHaveLength(names.length * steps.length - here + 2 + nodes);
  expect(program.byType("command:local:Command")).toHaveLength(here);
});

test("everything is known before it is made: a preview declares the same", async () => {
  const preview = await run(2, {}, true);
  expect(preview.resources.map(({ urn }) => urn).sort()).toEqual(
    two.resources.map(({ urn }) => urn).sort(),
  );
});

describe("order", () => {
  test.each(["proxy", "hub", "node-1", "node-2"])("%s: each step after the one before", (name) => {
    const order = ["hostkey", "access", "login", "base", "docker", "tls", "engine"];
    for (const [index, what] of order.slice(1).entries()) {
      expect(waits(two, step(two, name, what), step(two, name, order[index] ?? ""))).toBe(true);
    }
    expect(waits(two, step(two, name, "engine"), step(two, name, "forward"))).toBe(true);
    expect(waits(two, step(two, name, "forward"), step(two, "proxy", "base"))).toBe(true);
  });

  test("machines are prepared side by side: they share the bastion's host key, no more", () => {
    for (const [name, others] of [
      ["hub", ["node-1", "node-2"]],
      ["node-1", ["hub", "node-2"]],
    ] as const) {
      for (const what of ["base", "docker", "tls"]) {
        for (const other of others) {
          for (const theirs of steps) {
            expect(waits(two, step(two, name, what), step(two, other, theirs))).toBe(false);
          }
        }
        for (const theirs of ["base", "docker", "tls"]) {
          expect(waits(two, step(two, name, what), step(two, "proxy", theirs))).toBe(false);
        }
        expect(waits(two, step(two, name, what), step(two, "proxy", "hostkey"))).toBe(true);
      }
    }
  });

  test("what others run on a machine comes after its engine", () => {
    const engine = step(two, "hub", "engine");
    for (const name of ["later", "secret"]) {
      expect(waits(two, two.byName(name), engine)).toBe(true);
    }
    const provider = two.byName("hub-provider");
    expect(provider.dependencies).toContain(engine.urn);
  });
});

describe("connections", () => {
  test("the bastion is reached directly; its host key is read from here", () => {
    expect(step(two, "proxy", "hostkey")).toMatchObject({
      type: "command:local:Command",
      inputs: { environment: { HOST: address(10), PORT: "22" } },
    });
    expect(connection(step(two, "proxy", "base"))).toMatchObject({
      host: address(10),
      user: "root",
      hostKey: hostKey(address(10)),
    });
    expect(connection(step(two, "proxy", "base"))).not.toHaveProperty("proxy");
  });

  test("the others go through it, with both host keys pinned", () => {
    for (const what of steps.slice(2).filter((one) => one !== "forward")) {
      expect(connection(step(two, "hub", what))).toMatchObject({
        host: address(11),
        port: 2222,
        user: "debian",
        hostKey: hostKey(address(11)),
        proxy: { host: address(10), hostKey: hostKey(address(10)) },
      });
    }
    // Read from the bastion, over a connection that knows the bastion.
    expect(connection(step(two, "hub", "hostkey"))).toMatchObject({
      host: address(10),
      hostKey: hostKey(address(10)),
    });
  });

  test("a host key is read once, unless the machine is another one", () => {
    for (const name of ["proxy", "hub"]) {
      const { ignoreChanges, inputs } = step(two, name, "hostkey");
      expect(ignoreChanges).toContain("create");
      expect(inputs.triggers).toEqual(
        name === "proxy" ? [address(10), 22, ""] : [address(11), 2222, ""],
      );
    }
    expect(step(two, "hub", "hostkey").ignoreChanges).toEqual(["connection", "create", "stdin"]);
  });

  test("a bastion of its own is gone through and left as it is", async () => {
    const program = await run(1, { bastion: machine(5) });
    const jump = step(program, "bastion", "hostkey");
    expect(jump.type).toBe("command:local:Command");
    const { urn } = step(program, "bastion", "login");
    expect(program.resources.filter(({ name }) => name.includes("bastion-"))).toEqual([
      jump,
      ...["access", "login"].map((what) => step(program, "bastion", what)),
    ]);
    expect(step(program, "hub", "hostkey").dependencies).toContain(urn);
    for (const name of ["proxy", "hub", "node-1"]) {
      expect(connection(step(program, name, "base"))).toMatchObject({
        proxy: { host: address(5), hostKey: hostKey(address(5)) },
      });
      const { RULES } = unpacked(step(program, name, "base").inputs.stdin).environment;
      expect(RULES).toContain(
        `elements = { 198.51.100.0/24, 192.0.2.7/32, ${internal(5)}, ${address(5)} }`,
      );
    }
  });
});

describe("what travels", () => {
  test("command lines are constant, and the same for every step and value", () => {
    const lines = (property: string) =>
      new Set(two.byType(remote).map(({ inputs }) => inputs[property]));
    // One for root, one for a user with sudo.
    expect(lines("create").size).toBe(2);
    expect([...lines("create")].join("\n")).not.toMatch(/203\.0\.113|10\.0\.5/);
    expect(lines("delete").size).toBe(3);
  });

  test("keys travel on standard input alone, as secrets, with nothing logged", () => {
    for (const name of ["proxy", "hub", "node-1"]) {
      const tls = step(two, name, "tls");
      expect(tls.secrets).toEqual(["connection", "stdin"]);
      expect(tls.inputs.logging).toBe("none");
      expect(unpacked(tls.inputs.stdin).stdin).toMatch(
        /^-----BEGIN PRIVATE KEY-----[^]*BEGIN CERTIFICATE[^]*BEGIN CERTIFICATE[^]*END CERTIFICATE-----\n$/,
      );
      for (const what of ["base", "docker", "engine", "forward"]) {
        expect(step(two, name, what).secrets).toEqual(["connection"]);
      }
    }
    expect(two.byType("pulumi:providers:docker").map(({ secrets }) => secrets)).toEqual(
      [1, 2, 3, 4].map(() => ["keyMaterial"]),
    );
  });

  test("a script arrives whole, with its values and the name of its step", () => {
    const { create, delete: undo, environment } = unpacked(step(two, "hub", "tls").inputs.stdin);
    expect(create).toBe(shellScript("engine/tls.sh"));
    expect(undo).toBe(shellScript("engine/tls-delete.sh"));
    expect(environment).toEqual({
      SEMESTERHUB_MACHINE: "hub",
      SEMESTERHUB_STEP: "hub-tls",
      ENGINE: "engine",
      LISTEN: "10.0.5.11:2376",
    });
  });

  test("an engine's certificate carries every address that is dialled", () => {
    const { inputs } = step(two, "node-2", "engine-request");
    expect(inputs).toMatchObject({
      dnsNames: ["node-2"],
      ipAddresses: [internal(21), address(10)],
    });
  });

  test("the forward leads to the machine's internal address", () => {
    const forward = step(two, "node-2", "forward");
    expect(connection(forward)).toMatchObject({ host: address(10) });
    expect(unpacked(forward.inputs.stdin).environment).toMatchObject({
      FORWARD: "dev-node-2",
      TARGET: "10.0.5.21:2376",
    });
  });

  test("only the machine that stays outside of the Swarm has live-restore", () => {
    const daemon = (name: string) =>
      JSON.parse(
        unpacked(step(two, name, "docker").inputs.stdin).environment.DAEMON ?? "",
      ) as object;
    expect(daemon("proxy")).toHaveProperty("live-restore", true);
    expect(daemon("hub")).not.toHaveProperty("live-restore");
    expect(daemon("node-1")).not.toHaveProperty("live-restore");
  });
});
