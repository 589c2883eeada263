// A configuration that puts the files elsewhere than they are is refused: nobody finds an empty home.
import { Failure } from "../../../scripts/lib/command/fail.mjs";
import { refuseMovedFiles } from "../../../scripts/lib/course/movedFiles.mjs";
import type { SemesterConfig } from "../../../config/types";

const prefix = "semesterhub-prod";
const top = {
  urn: `urn:pulumi:prod::semesterhub::pulumi:pulumi:Stack::semesterhub-prod`,
  type: "pulumi:pulumi:Stack",
  outputs: { storage: { path: "/srv/course" } },
};
const command = (thing: string) => ({
  urn: `urn:pulumi:prod::semesterhub::command:remote:Command::${prefix}-${thing}`,
  type: "command:remote:Command",
});
const [tree, opened] = [command("tree"), command("storage-open")];
const onHub = { storage: "/srv/course", storageApart: false };

const refused = (resources: (typeof top | typeof tree)[], wanted: typeof onHub) => {
  try {
    const machine = { address: "10.0.5.12" };
    const platform = { kind: "hosts", ...(wanted.storageApart && { storage: machine }) };
    const config = { platform, storage: { path: wanted.storage } } as unknown as SemesterConfig;
    refuseMovedFiles({ resources }, "prod", prefix, config);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return thrown.message;
  }
  return undefined;
};

test("as it is, and where nothing is yet, nothing is said", () => {
  expect(refused([top, tree], onHub)).toBeUndefined();
  expect(refused([top, tree, opened], { ...onHub, storageApart: true })).toBeUndefined();
  expect(refused([], { ...onHub, storageApart: true })).toBeUndefined();
  // A semester that has ended.
  expect(refused([top], { ...onHub, storageApart: true })).toBeUndefined();
});

test("another folder, or another machine, is refused with both places", () => {
  expect(refused([top, tree], { ...onHub, storage: "/srv/new" })).toContain(
    "are in /srv/course of the hub's machine, and the configuration has them in /srv/new of",
  );
  expect(refused([top, tree], { ...onHub, storageApart: true })).toContain(
    "a machine of their own",
  );
  expect(refused([top, tree, opened], onHub)).toContain(
    "are in /srv/course of a machine of their own",
  );
});
