// The machine with the files is lost, and the files with it.
import { adaWorks, expectAda, lose } from "../lib/lostMachine";
import { bedStack, onMachine, operate, say, storageMachine } from "../lib/machineCourse";
import { tryOperator } from "../lib/semester";

test("up does not open an empty course, and a restore brings back all", async () => {
  const { outputs } = await adaWorks();
  await operate("backup");
  await lose(storageMachine);
  await onMachine("node-1", "find", outputs.storage.path, "-mindepth", "1", "-delete");
  const { code, stdout, stderr } = await tryOperator(bedStack, "up", "--yes");
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/Of the \d+ homes in the last backup.*npm run restore/s);
  const since = Date.now();
  await operate("restore", "--everything", "--yes");
  await operate("up", "--yes");
  say(`restore and up after the files were lost: ${Math.round((Date.now() - since) / 1000)} s`);
  await expectAda();
});
