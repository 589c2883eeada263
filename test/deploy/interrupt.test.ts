// `up` killed at some moment, then `up` again: it completes and nothing is lost.
// INTERRUPTIONS=20 is the full count; the default keeps `npm test` short.
import { existsSync, writeFileSync } from "node:fs";
import { exec, must, operator, Semester, testStack } from "../lib/semester";

const interruptions = Number(process.env["INTERRUPTIONS"] ?? 2);
/** Longer than an `up` that makes everything again takes here. */
const longestMs = 26_000;
/** Steps of the golden ratio: any count of them covers the whole time evenly, the same every time. */
const momentOf = (round: number): number => longestMs * ((round * 0.618034) % 1);
const rounds = Array.from({ length: interruptions }, (_, index) => index + 1);

let semester: Semester;
let kept: string;
const moments: string[] = [];

beforeAll(async () => {
  semester = await Semester.up();
  const ada = semester.user("ada");
  await ada.logIn();
  await ada.start();
  await ada.stop();
  kept = `${semester.outputs.storage.path}/homes/ada/kept.txt`;
  writeFileSync(kept, "kept");
});

afterAll(() => {
  console.log(`Killed after:\n${moments.join("\n")}`);
});

test.each(rounds)("interruption %i: the next up completes, and nothing is lost", async (round) => {
  // Something to do for the next up: most of the semester is gone.
  const { services, containers } = semester.outputs;
  await must("docker", ["service", "rm", ...Object.values(services)]);
  await must("docker", ["rm", "--force", ...Object.values(containers)]);
  const moment = momentOf(round);
  const cut = await exec(
    process.execPath,
    ["scripts/up.mjs", "--stack", testStack, "--yes", "--refresh"],
    { killAfterMs: moment },
  );
  moments.push(`${(moment / 1000).toFixed(1)} s${cut.code === 0 ? ", when it was done" : ""}`);
  await operator("up", "--yes", "--refresh");
  expect(await semester.user("ada").logIn()).toBe(true);
  expect(existsSync(kept)).toBe(true);
  expect((await Semester.current()).outputs).toEqual(semester.outputs);
});
