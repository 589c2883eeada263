import { Narrator } from "../../../scripts/lib/pulumi/narrator.mjs";

const image = " +  docker:index:Image semesterhub-dev-hub-image";

test("what is done is told, what goes on is remembered", () => {
  const narrator = new Narrator();
  expect(narrator.hear("@ updating.....")).toBeUndefined();
  expect(narrator.hear(`${image} creating (0s) `)).toBeUndefined();
  expect(narrator.hear(`${image} creating (3s) Step 2/16 : RUN apt-get update`)).toBeUndefined();
  expect(narrator.present()).toBe("semesterhub-dev-hub-image: Step 2/16 : RUN apt-get update");
  expect(narrator.hear(`${image} created (31s) Successfully tagged`)).toBe(
    "  +  semesterhub-dev-hub-image created (31 s)",
  );
  expect(narrator.present()).toBe("");
});

test("dots ahead of a line, and left over from it, don't hide what it says", () => {
  const narrator = new Narrator();
  expect(narrator.hear(`@ updating....${image} creating (0s) `)).toBeUndefined();
  expect(narrator.hear(".....")).toBeUndefined();
  expect(narrator.present()).toBe("semesterhub-dev-hub-image");
  expect(narrator.hear(`@ updating....${image} created (3s) `)).toBe(
    "  +  semesterhub-dev-hub-image created (3 s)",
  );
  expect(narrator.present()).toBe("");
});

test("a replacement is its two halves", () => {
  const narrator = new Narrator();
  const proxy = "docker:index:Container semesterhub-dev-proxy";
  const lines = [
    ` -- ${proxy} deleting original (0s) `,
    ` -- ${proxy} deleted original (0.25s) `,
    ` +- ${proxy} replaced (0.00s) `,
    ` ++ ${proxy} creating replacement (0s) [diff: ~image]; health: starting`,
    ` ++ ${proxy} created replacement (6s) `,
  ];
  expect(lines.map((line) => narrator.hear(line)).filter((line) => line !== undefined)).toEqual([
    "  -- semesterhub-dev-proxy deleted original (0.25 s)",
    "  ++ semesterhub-dev-proxy created replacement (6 s)",
  ]);
});

test("components are not told of", () => {
  const narrator = new Narrator();
  const component = " +  semesterhub:index:HubHost semesterhub-dev";
  expect(narrator.hear(`${component} creating (0s) `)).toBeUndefined();
  expect(narrator.hear(`${component} created (0.2s) `)).toBeUndefined();
  expect(narrator.present()).toBe("");
});

test("what was looked at and is as it was is not told of, and not taken for work", () => {
  const narrator = new Narrator();
  const key = "tls:index:PrivateKey semesterhub-dev-ca-key";
  const lines = [
    ` ~  ${key} refreshing (0s) `,
    ` ~  ${key} refresh (0.01s) `,
    `    ${key}  `,
    ` ~  docker:index:Service semesterhub-dev-hub refreshing (0s) `,
    `    docker:index:Service semesterhub-dev-hub  `,
    "    pulumi:pulumi:Stack semesterhub-dev running ",
    "    pulumi:pulumi:Stack semesterhub-dev  ",
  ];
  expect(lines.map((line) => narrator.hear(line))).toEqual(lines.map(() => undefined));
  expect(narrator.present()).toBe("");
});

test("failures and everything else come through whole", () => {
  const narrator = new Narrator();
  const lines = [
    " +  docker:index:Service semesterhub-dev-hub **creating failed** error: no such image",
    "Diagnostics:",
    "  docker:index:Service (semesterhub-dev-hub):",
    "    error: no such image",
    "    pulumi:pulumi:Stack semesterhub-dev **failed** 1 error",
    "    pulumi:pulumi:Stack semesterhub-dev running error: update failed",
    "Resources:",
    "    + 2 created",
    "",
  ];
  expect(lines.map((line) => narrator.hear(line))).toEqual(lines);
});

test("a script that failed is not said, only what it said", () => {
  const said = String.raw`error: exit status 1: running "#!/bin/sh\nset -eu\necho \"a\\b\"\n":`;
  expect(new Narrator().hear(`    ${said}`)).toBe("    error: exit status 1:");
  const remote = String.raw`error: Process exited with status 1: running "sudo -n true || { echo \"The user $(id -un)\" >&2; exit 1; }":`;
  expect(new Narrator().hear(remote)).toBe("error: Process exited with status 1:");
  expect(new Narrator().hear(`    ${said} it is "gone"`)).toBe(
    '    error: exit status 1: it is "gone"',
  );
});
