// NodePool: the firewall that closes the network of students' servers.
import { minimalConfig, runProgram } from "../harness";

/** The environment of the firewall's container, with these keys of semesterhub:networks. */
async function environment(networks: object): Promise<unknown> {
  const program = await runProgram({ config: { ...minimalConfig, networks } });
  const { inputs } = program.byName("semesterhub-dev-firewall", "docker:index/container:Container");
  return inputs.envs;
}

test("the firewall knows its stack and the students' network", async () => {
  expect(await environment({})).toEqual(["COURSE_SUBNET=10.11.16.0/20", "STACK=dev"]);
});

test("the firewall opens what is allowed and closes what is blocked, as it reads them", async () => {
  const networks = {
    allow: ["10.1.2.3:27000", "10.1.4.0/24:80"],
    block: ["192.0.2.0/24", "198.51.100.0/25"],
  };
  expect(await environment(networks)).toEqual([
    "COURSE_SUBNET=10.11.16.0/20",
    "STACK=dev",
    "ALLOWED=10.1.2.3/32:27000,10.1.4.0/24:80",
    "BLOCKED=192.0.2.0/24,198.51.100.0/25",
  ]);
});
