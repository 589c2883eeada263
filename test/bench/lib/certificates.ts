import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "../../lib/semester";

/** A certificate that is its own authority, for both of a side's names: chp inside, this computer outside. */
export async function certificate(
  folder: string,
  host: string,
): Promise<{ key: string; crt: string }> {
  const key = join(folder, "key.pem");
  const crt = join(folder, "crt.pem");
  const config = join(folder, "request.cnf");
  writeFileSync(
    config,
    [
      "[req]",
      "distinguished_name = dn",
      "x509_extensions = ext",
      "prompt = no",
      "[dn]",
      "CN = chp",
      "[ext]",
      `subjectAltName = DNS:chp, IP:${host}`,
      "basicConstraints = critical, CA:TRUE",
      "",
    ].join("\n"),
  );
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await must("openssl", [
    ...["req", "-x509", ...kind, "-config", config],
    ...["-keyout", key, "-out", crt],
  ]);
  return { key, crt };
}
