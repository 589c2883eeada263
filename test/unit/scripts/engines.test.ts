// Which engines the operator's commands speak to, and where they look for a part.
import type { ContainerInfo } from "dockerode";
import { portsOf } from "../../../config/ports";
import { enginesFrom } from "../../../scripts/lib/docker/engines.mjs";
import { findPart, partEngines } from "../../../scripts/lib/docker/parts.mjs";
import { plainText } from "../../../scripts/lib/pulumi/state.mjs";

const secret = (text: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(text),
});
const provider = (machine: string, port: number, more = {}) => ({
  urn: `urn:pulumi:s1::semesterhub::pulumi:providers:docker::${machine}-provider`,
  type: "pulumi:providers:docker",
  inputs: {
    host: `tcp://203.0.113.10:${String(port)}`,
    caMaterial: "CA",
    certMaterial: "CERT",
    keyMaterial: secret("KEY"),
  },
  ...more,
});

const open = (resources: readonly ReturnType<typeof provider>[]) => ({
  engines: enginesFrom("s1", resources),
});

const seven = [
  provider("nodes-second", 23763),
  provider("proxy", 23760),
  provider("nodes-first", 23762),
  provider("hub", 23761),
  provider("nodes-old", 23764, { delete: true }),
];

test("machines are told apart by their names, whatever their ports", () => {
  const { engines } = open(seven);
  expect(engines.proxy.machine).toBe("proxy");
  expect(engines.hub.machine).toBe("hub");
  expect(engines.nodes.map(({ machine }) => machine)).toEqual(["first", "second"]);
  expect(engines.all).toHaveLength(4);
});

test("a machine of its own for the files has the services of the files", () => {
  const { engines } = open([...seven, provider("storage", 23999)]);
  expect(engines.storage.machine).toBe("storage");
  expect(engines.nodes.map(({ machine }) => machine)).toEqual(["first", "second"]);
  expect(engines.students.map(({ machine }) => machine)).toEqual(["first", "second"]);
  expect(engines.all).toHaveLength(5);
  for (const [part, machine] of [
    ["homes", "storage"],
    ["backup", "storage"],
    ["hub", "hub"],
  ] as const) {
    expect(partEngines(engines, [part]).map((engine) => engine.machine)).toEqual([machine]);
  }
  expect(open(seven).engines.storage.machine).toBe("hub");
});

test("those of a second semester on the same machines are told apart likewise", () => {
  const { first } = portsOf(3).forwards;
  const { engines } = open([
    provider("nodes-node", first + 2),
    provider("proxy", first),
    provider("hub", first + 1),
  ]);
  expect(engines.proxy.machine).toBe("proxy");
  expect(engines.hub.machine).toBe("hub");
  expect(engines.nodes.map(({ machine }) => machine)).toEqual(["node"]);
});

test("machines that are not prepared yet are said", () => {
  const { engines } = open([provider("proxy", 23760)]);
  expect(engines.proxy.machine).toBe("proxy");
  expect(engines.students).toEqual([]);
  expect(() => engines.hub).toThrow("The hub's machine of s1 has no Docker engine yet.");
  expect(open([]).engines.all).toEqual([]);
});

test("what a tool refuses is told in its own words, without advice about the course", async () => {
  const { engines } = open(seven);
  const refusing = (stderr: string) => {
    engines.exec = () => Promise.resolve({ code: 1, stdout: "", stderr });
    return engines.request("intake", ["tool"], { do: "use" });
  };
  await expect(refusing("There is no version 7.\n")).rejects.toMatchObject({
    message: "There is no version 7.",
    fix: undefined,
  });
  await expect(refusing("")).rejects.toMatchObject({
    fix: expect.stringContaining("npm run status") as string,
  });
});

test("where a part is looked for", () => {
  const { engines } = open(seven);
  const names = (...words: string[]) => partEngines(engines, words).map(({ machine }) => machine);
  expect(names("hub")).toEqual(["hub"]);
  expect(names("proxy")).toEqual(["proxy"]);
  expect(names("student", "ada")).toEqual(["first", "second"]);
  expect(names("sandbox")).toEqual(["first", "second"]);
  expect(names("firewall", "second")).toEqual(["second"]);
  expect(() => names("firewall")).toThrow("The firewall of which machine?");
  expect(() => names("firewall", "hub")).toThrow("No machine hub runs a firewall");
});

describe("a student's server", () => {
  const answering = (answers: Record<string, string | Error>, ...words: string[]) => {
    const { engines } = open(seven);
    for (const engine of engines.all) {
      const answer = answers[engine.machine];
      engine.containers = () =>
        answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve(answer === undefined ? [] : [container(answer)]);
    }
    return findPart(engines, ["student", "ada", ...words]);
  };

  // "abc/work" is the server work.
  const container = (answer: string) => {
    const [Id, server] = answer.split("/");
    const Labels = server === undefined ? {} : { "semesterhub.server": server };
    return { Id, Labels } as ContainerInfo;
  };

  test("is the usual one, or the one of a name", async () => {
    const both = { first: "named/work", second: "usual" };
    expect((await answering(both)).id).toBe("usual");
    expect((await answering(both, "work")).id).toBe("named");
    await expect(answering({ first: "named/work" })).rejects.toThrow("ada's server does not run.");
    await expect(answering({ second: "usual" }, "work")).rejects.toThrow("ada's server work does");
  });

  test("is found on whichever node it runs", async () => {
    const found = await answering({ second: "abc" });
    expect([found.engine.machine, found.id]).toEqual(["second", "abc"]);
  });

  test("is found although another node does not answer", async () => {
    const found = await answering({ first: new Error("gone"), second: "abc" });
    expect(found.engine.machine).toBe("second");
  });

  test("may be on a node that does not answer", async () => {
    await expect(answering({ first: new Error("first is gone") })).rejects.toThrow("first is gone");
  });

  test("does not run", async () => {
    await expect(answering({})).rejects.toThrow("ada's server does not run.");
  });
});

test("a secret in a state that was decrypted", () => {
  expect(plainText(secret("text"))).toBe("text");
  expect(plainText("text")).toBe("text");
  expect(plainText({ ciphertext: "v1:…" })).toBe("");
  expect(plainText(undefined)).toBe("");
});
