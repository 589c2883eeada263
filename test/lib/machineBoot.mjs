// @ts-check
// Whether a machine container has booted: asked as the program asks, and told of if not.
import { join } from "node:path";
import { must, run } from "../../scripts/lib/command/run.mjs";

const hostKey = join(import.meta.dirname, "../../components/shell/machine/host-key.sh");
/** Many times what a boot takes here; the program itself would wait for ten minutes. */
const bootSeconds = 60;
const look = "systemctl list-jobs; systemctl --failed; systemctl status ssh; ss -ltn; ps ax";

/**
 * Waits until the machine answers by SSH. One that does not is started once more, and what it said is
 * shown: in CI a machine was silent for twenty minutes, and nothing told why.
 * @param {import("./machines.mjs").TestMachine} machine
 * @param {string} from this computer's address on the machines' network
 */
export async function booted({ container, name, address }, from) {
  const env = {
    ...process.env,
    ...{ MACHINE: name, HOST: address, PORT: "22", FROM: from },
    WAIT_SECONDS: String(bootSeconds),
  };
  const asked = await run("sh", [hostKey], { env });
  if (asked.code === 0) return;
  const logs = await run("docker", ["logs", "--tail", "40", container]);
  const state = await run("docker", ["exec", container, "sh", "-c", look], { seconds: 30 });
  console.log(`${asked.stderr}${logs.stdout}${logs.stderr}${state.stdout}${state.stderr}`);
  await must("docker", ["restart", container], { doing: `Starting ${container} again` });
  await must("sh", [hostKey], { env, doing: `Waiting for ${container}` });
}
