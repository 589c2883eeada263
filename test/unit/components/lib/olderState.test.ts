// A state that an older program made is refused, before anything is made beside it.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { isOlder, refuseOlderState } from "../../../../components/lib/olderState";
import { calls, type Inputs } from "../../../../scripts/plan/mocks";
import { runProgram } from "../../lib/harness";

const urn = (types: string, name: string, stack = "dev") =>
  `urn:pulumi:${stack}::semesterhub::${types}::${name}`;

test.each([
  [urn("semesterhub:index:HubService$docker:index/service:Service", "semesterhub-dev-hub"), true],
  [urn("semesterhub:index:HubService", "semesterhub-dev"), true],
  [urn("pulumi:pulumi:Stack", "semesterhub-dev"), false],
  [urn("semesterhub:index:HubService$docker:index/service:Service", "hub"), false],
  [urn("semesterhub:index:NodePool$semesterhub:index:SshMachine", "nodes-semesterhub-dev"), false],
])("%s: %s", (name, older) => {
  expect(isOlder(name, "semesterhub-dev")).toBe(older);
});

const token = "pulumi:pulumi:readStackResourceOutputs";
const answers = calls as Record<string, (inputs: Inputs) => Record<string, unknown>>;
const usual = answers[token];
afterEach(() => {
  if (usual) answers[token] = usual;
});

test.each([
  ["semesterhub-dev-hub", "was made by an older semesterhub"],
  ["hub", undefined],
])("a state with the resource %s", async (name, message) => {
  answers[token] = ({ stackName }) => {
    expect(stackName).toBe("organization/semesterhub/dev");
    return { outputs: { [urn("docker:index/service:Service", name)]: {} } };
  };
  const { error } = await runProgram({ config: {}, entry: () => refuseOlderState("dev") });
  expect(pulumi.RunError.isInstance(error)).toBe(message !== undefined);
  expect(error?.message ?? "").toContain(message ?? "");
});

test("a backend that does not tell is no obstacle", async () => {
  answers[token] = () => {
    throw new Error("no stack named dev");
  };
  const { error } = await runProgram({ config: {}, entry: () => refuseOlderState("dev") });
  expect(error).toBeUndefined();
});

test("the program asks", () => {
  expect(readFileSync("index.ts", "utf8")).toContain("refuseOlderState(stack)");
});
