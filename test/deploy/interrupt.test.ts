// `up` killed at a random moment, then `up` again: it completes and nothing is lost.
// INTERRUPTIONS=20 is the full count; the default keeps `npm test` short.
import { existsSync, writeFileSync } from "node:fs";
import { exec, must, operator, Semester, testStack } from "../lib/semester";

const interruptions = Number(process.env["INTERRUPTIONS"] ?? 3);

test(`${interruptions} interruptions, each followed by an up that completes`, async () => {
  const semester = await Semester.up();
  const ada = semester.user("ada");
  await ada.logIn();
  await ada.start();
  await ada.stop();
  const file = `${semester.outputs.storage.path}/homes/ada/kept.txt`;
  writeFileSync(file, "kept");
  const { services, containers } = semester.outputs;
  const moments: string[] = [];
  for (let round = 1; round <= interruptions; round += 1) {
    // Something to do for the next up: most of the semester is gone.
    await must("docker", ["service", "rm", ...Object.values(services)]);
    await must("docker", ["rm", "--force", ...Object.values(containers)]);
    const moment = 1000 + Math.random() * 25_000;
    const cut = await exec(
      process.execPath,
      ["scripts/up.mjs", "--stack", testStack, "--yes", "--refresh"],
      { killAfterMs: moment },
    );
    moments.push(`${(moment / 1000).toFixed(1)} s: ${cut.code === 0 ? "was done" : "cut"}`);
    await operator("up", "--yes", "--refresh");
    const again = semester.user("ada");
    expect(await again.logIn()).toBe(true);
    expect(existsSync(file)).toBe(true);
    expect((await Semester.current()).outputs).toEqual(semester.outputs);
  }
  console.log(moments.join("\n"));
});
