// @ts-check
// node test/bed.mjs up|beside|down [--stack bed] [--nodes 2] [--configured 2] [--base IMAGE] [--registry]
// [--storage] [--slot 1]: machine containers, and the configuration of a stack on them; with "beside", of a second stack,
// bed-b, at that slot. Then: node scripts/up.mjs --stack bed.
import { parseArgs } from "node:util";
import { bedBeside, bedDown, bedUp, besideOf, planBed } from "./lib/machines.mjs";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    stack: { type: "string", default: "bed" },
    nodes: { type: "string", default: "2" },
    // How many of the nodes the configuration names. Default: all.
    configured: { type: "string" },
    // Another Debian than the usual one, as an image of this engine.
    base: { type: "string" },
    // The images come from a registry on this computer: node scripts/images.mjs --stack bed.
    registry: { type: "boolean", default: false },
    // A machine of its own for the files.
    storage: { type: "boolean", default: false },
    // Of a second semester on the machines.
    slot: { type: "string", default: "1" },
  },
});
const bed = planBed(values.stack, Number(values.nodes), {
  base: values.base,
  registry: values.registry,
  storage: values.storage,
  configured: values.configured === undefined ? undefined : Number(values.configured),
});
switch (positionals[0]) {
  case "up":
    for (const reason of await bedUp(bed)) console.log(`not here: ${reason}`);
    for (const { name, address, user, container } of bed.machines) {
      console.log(`${name.padEnd(8)} ${user}@${address}  docker exec -it ${container} bash`);
    }
    console.log(`Pulumi.${bed.stack}.yaml is written: node scripts/up.mjs --stack ${bed.stack}`);
    break;
  case "beside":
    await bedBeside(bed, Number(values.slot));
    console.log(`Pulumi.${besideOf(bed.stack)}.yaml is written`);
    break;
  case "down":
    await bedDown(bed);
    break;
  default:
    console.error(
      "node test/bed.mjs up|beside|down [--stack bed] [--nodes 2] [--configured 2] [--base IMAGE] [--registry] [--storage] [--slot 1]",
    );
    process.exitCode = 64;
}
