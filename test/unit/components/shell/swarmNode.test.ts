// Which entries of the Swarm a node takes the place of: the manager's script, with a docker that answers.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellScript } from "../../../../components/lib/shell";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
const did = join(folder, "did");
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The machine `new` comes as node-1 of the stack spring, where `old` has that name. */
function joinBeside(old: { address: string; roles: readonly string[] }) {
  const labels = ["semesterhub.node", ...old.roles.map((stack) => `semesterhub.role.${stack}`)];
  const docker = `#!/bin/sh
case "$*" in
*Status.State*) echo ready ;;
'node ls '*) printf '%s\\n' old new ;;
*Status.Addr*old) echo ${old.address} ;;
*Status.Addr*new) echo 10.0.5.20 ;;
*Spec.Labels*old) printf '%s\\n' ${labels.join(" ")} ;;
*) echo "$*" >>"${did}" ;;
esac
`;
  writeFileSync(did, "");
  writeFileSync(join(folder, "docker"), docker);
  chmodSync(join(folder, "docker"), 0o755);
  const { status, stdout, stderr } = spawnSync("sh", ["-c", shellScript("swarm/node.sh")], {
    env: {
      PATH: `${folder}:${process.env["PATH"] ?? ""}`,
      ...{ STACK: "spring", NODE: "new", NODE_NAME: "node-1" },
    },
    encoding: "utf8",
  });
  return { status, stdout, stderr, did: readFileSync(did, "utf8").trim().split("\n") };
}

const labelled = "node update --label-add semesterhub.node=node-1 new";

test.each([
  ["the stack's own, made anew at another address", "10.0.5.99", ["spring"]],
  ["the one that it was before, made anew", "10.0.5.20", ["spring"]],
  ["both stacks', made anew at the same address", "10.0.5.20", ["spring", "fall"]],
  ["one that was never opened", "10.0.5.99", []],
])("%s goes", (_, address, roles) => {
  expect(joinBeside({ address, roles })).toEqual({
    status: 0,
    stdout: "new\n",
    stderr: "",
    did: ["node rm --force old", labelled],
  });
});

test("another stack's other machine stays, and the name is refused", () => {
  const { status, stderr, did: done } = joinBeside({ address: "10.0.5.99", roles: ["fall"] });
  expect(status).toBe(1);
  expect(stderr).toBe(
    "The stack fall has another machine called node-1 in this Swarm, at 10.0.5.99. Give this one " +
      "another name (hosts.nodes[…].name).\n",
  );
  expect(done).toEqual([""]);
});
