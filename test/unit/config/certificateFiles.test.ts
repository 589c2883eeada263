// Certificates that openssl makes, in the ways in which people hand them over.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateProblems } from "../../../config/certificateFiles";

let folder: string;
const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "semesterhub-certificates-"));
  const authority = ["-keyout", "ca-key.pem", "-out", "ca.pem", "-subj", "/CN=Campus"];
  openssl("req", "-x509", ...newKey, "-days", "3650", ...authority);
  openssl("req", ...newKey, "-keyout", "key.pem", "-out", "csr.pem", "-subj", "/CN=hub.example.edu", "-addext", "subjectAltName=DNS:hub.example.edu,IP:192.0.2.7"); // prettier-ignore
  openssl("x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-days", "90", "-copy_extensions", "copy", "-out", "own.pem"); // prettier-ignore
  openssl("req", "-x509", "-key", "key.pem", "-days", "90", "-subj", "/CN=wild", "-addext", "subjectAltName=DNS:example.org,DNS:*.example.org", "-out", "wild.pem"); // prettier-ignore
  openssl("pkey", "-in", "key.pem", "-aes256", "-passout", "pass:x", "-out", "locked.pem");
  openssl("genpkey", "-algorithm", "ed25519", "-out", "other-key.pem");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const inAYear = new Date(Date.now() + 365 * 86_400_000);
const lastYear = new Date(Date.now() - 365 * 86_400_000);

const asked = (domain?: string, subdomains = false) => ({ domain, subdomains });

test("where people's servers have names below the domain, the certificate is for these, too", () => {
  const problems = (file: string, domain: string) =>
    certificateProblems(read(file), read("key.pem"), asked(domain, true));
  expect(problems("wild.pem", "example.org")).toEqual([]);
  expect(problems("own.pem", "hub.example.edu")).toMatchObject([
    { problem: expect.stringContaining("not for *.hub.example.edu") as string },
  ]);
});

test("a chain in order, its own key, its own name", () => {
  const chain = read("own.pem") + read("ca.pem");
  for (const domain of ["hub.example.edu", "192.0.2.7", undefined]) {
    expect(certificateProblems(chain, read("key.pem"), asked(domain))).toEqual([]);
  }
  expect(certificateProblems(read("own.pem"), read("key.pem"), asked("hub.example.edu"))).toEqual(
    [],
  );
});

test.each<[string, () => [string, string, (string | undefined)?, Date?], string, string]>([
  [
    "a reversed chain",
    () => [read("ca.pem") + read("own.pem"), read("key.pem")],
    "certificate",
    "at place 2",
  ],
  [
    "a stranger in the chain",
    () => [read("own.pem") + read("own.pem"), read("key.pem")],
    "certificate",
    "is not in order",
  ],
  [
    "a foreign key",
    () => [read("own.pem"), read("other-key.pem")],
    "key",
    "the key of another certificate",
  ],
  [
    "the authority's key",
    () => [read("own.pem") + read("ca.pem"), read("ca-key.pem")],
    "certificate",
    "at place 2",
  ],
  [
    "an encrypted key",
    () => [read("own.pem"), read("locked.pem")],
    "key",
    "is encrypted with a passphrase",
  ],
  ["half a key", () => [read("own.pem"), read("key.pem").slice(0, 90)], "key", "can be read"],
  [
    "half a certificate",
    () => [read("own.pem").replace(/^M.*$/m, "AAAA"), read("key.pem")],
    "certificate",
    "can't be read",
  ],
  [
    "another name",
    () => [read("own.pem"), read("key.pem"), "jupyter.example.edu"],
    "certificate",
    "is for hub.example.edu, 192.0.2.7, and not for jupyter.example.edu",
  ],
  [
    "another address",
    () => [read("own.pem"), read("key.pem"), "192.0.2.8"],
    "certificate",
    "not for 192.0.2.8",
  ],
  [
    "an expired one",
    () => [read("own.pem"), read("key.pem"), undefined, inAYear],
    "certificate",
    "ended on",
  ],
  [
    "one of the future",
    () => [read("own.pem"), read("key.pem"), undefined, lastYear],
    "certificate",
    "begins on",
  ],
  [
    "a byte order mark",
    () => ["\uFEFF" + read("own.pem"), read("key.pem")],
    "certificate",
    "byte order mark",
  ],
  [
    "a byte order mark of the key",
    () => [read("own.pem"), "\uFEFF" + read("key.pem")],
    "key",
    "byte order mark",
  ],
])("%s is told", (_, files, file, problem) => {
  const [chain, key, domain, now] = files();
  const found = certificateProblems(chain, key, asked(domain), now);
  expect(found.map((one) => one.file)).toEqual([file]);
  expect(found[0]?.problem).toContain(problem);
});
