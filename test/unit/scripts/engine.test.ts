import { judgeEngine } from "../../../scripts/lib/computer/engine.mjs";

const bare = {
  cli: false,
  version: undefined,
  error: "",
  dockerHost: undefined,
  daemon: false,
  root: true,
  system: { id: "debian", version: "12" },
  systemd: true,
  platform: "linux",
};

test("an engine that answers is used", () => {
  expect(judgeEngine({ ...bare, cli: true, version: "20.10.24" })).toEqual({
    is: "ready",
    version: "20.10.24",
  });
});

test.each([
  ["nothing on Debian 12", {}, ["docker.io"]],
  [
    "nothing on Debian 13, which has the command apart",
    { system: { id: "debian", version: "13" } },
    ["docker.io", "docker-cli"],
  ],
  ["a command without an engine", { cli: true }, ["docker.io"]],
  ["an engine that is stopped", { cli: true, daemon: true }, []],
  ["an engine by hand, without systemd", { cli: true, daemon: true, systemd: false }, []],
])("%s: it is installed and started", (_, facts, packages) => {
  const verdict = judgeEngine({ ...bare, ...facts });
  expect(verdict).toMatchObject({ is: "to-start", packages });
  expect(verdict).toMatchObject({ systemd: !("systemd" in facts) });
});

test.each([
  ["DOCKER_HOST leads nowhere", { dockerHost: "tcp://x:1", cli: true }, /DOCKER_HOST/, /Unset/],
  [
    "the socket is not this user's",
    { cli: true, root: false, daemon: true, error: "permission denied while trying to connect" },
    /may not use/,
    /usermod -aG docker/,
  ],
  ["nobody is root on Debian", { root: false }, /no Docker/, /sudo apt-get install docker.io/],
  ["stopped, not root", { root: false, cli: true, daemon: true }, /does not answer/, /systemctl/],
  ["a Mac", { platform: "darwin", root: false }, /no Docker/, /Docker Desktop/],
  ["another Linux", { system: { id: "fedora", version: "44" } }, /no Docker/, /docs.docker.com/],
])("%s: it is said what to do", (_, facts, text, fix) => {
  const verdict = judgeEngine({ ...bare, ...facts });
  expect(verdict.is).toBe("unusable");
  if (verdict.is === "unusable") {
    expect(verdict.text).toMatch(text);
    expect(verdict.fix).toMatch(fix);
  }
});
