import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Chromium gives up every request under way when the computer's network changes, and on the machine
 * that runs the containers it changes with each of them. A student's browser is another computer; so
 * the test's browser gets a network namespace of its own, joined to this machine by one cable.
 */
const namespace = "semesterhub-browser";
const here = "10.93.43.1";
const there = "10.93.43.2";

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: "pipe" });
}

/** Removes the namespace, and the cable with it. */
export function removeBrowserNetwork(): void {
  try {
    ip("netns", "delete", namespace);
  } catch {
    // There was none.
  }
}

/** Waits until the kernel has said that the cable is plugged in: it may take its time. */
function untilUp(): void {
  const end = Date.now() + 10_000;
  while (Date.now() < end) {
    const said = execFileSync("ip", ["-n", namespace, "link", "show", "eth0"], { stdio: "pipe" });
    if (said.includes("state UP")) return;
  }
  throw new Error("the browser's network did not come up within 10 s");
}

/** Makes the namespace; answers the program that starts Chromium in it. */
export function makeBrowserNetwork(): string {
  removeBrowserNetwork();
  ip("netns", "add", namespace);
  const inside = ["netns", "exec", namespace];
  // An address that the kernel gives itself, a second or two later, would be a change too.
  for (const which of ["all", "default"]) {
    ip(...inside, "sysctl", "-qw", `net.ipv6.conf.${which}.disable_ipv6=1`);
  }
  ip("link", "add", "sh-browser", "type", "veth", "peer", "name", "eth0", "netns", namespace);
  ip("address", "add", `${here}/30`, "dev", "sh-browser");
  ip("link", "set", "sh-browser", "up");
  ip("-n", namespace, "address", "add", `${there}/30`, "dev", "eth0");
  ip("-n", namespace, "link", "set", "eth0", "up");
  ip("-n", namespace, "link", "set", "lo", "up");
  ip("-n", namespace, "route", "add", "default", "via", here);
  // The course is at "localhost", which for the browser has to be the other end of its cable.
  const nat = [...inside, "iptables", "-t", "nat", "-A"];
  ip(...inside, "sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1");
  ip(...nat, "OUTPUT", "-d", "127.0.0.1", "-p", "tcp", "-j", "DNAT", "--to-destination", here);
  ip(...nat, "POSTROUTING", "-o", "eth0", "-j", "MASQUERADE");
  untilUp();
  const program = join(mkdtempSync(join(tmpdir(), "chromium-")), "chromium");
  writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`);
  chmodSync(program, 0o755);
  return program;
}
