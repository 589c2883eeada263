import { parseSize, settingsFrom } from "../../../scripts/lib/config/settings.mjs";
import { withSalt } from "../../../scripts/lib/pulumi/stack.mjs";
import { readYaml, textAt } from "../../../scripts/lib/config/yaml.mjs";

test("what nobody says is the program's default", () => {
  expect(settingsFrom("", "dev")).toEqual({
    platform: "local",
    certificates: "stack",
    domain: undefined,
    httpsPort: 8443,
    httpPort: undefined,
    storage: "/var/lib/semesterhub/dev",
    storageApart: false,
    backups: "/var/lib/semesterhub/dev-backups",
    memory: 2 ** 30,
    memoryReserved: 2 ** 28,
    images: false,
  });
});

test("values are read as they are written in a Pulumi.<stack>.yaml", () => {
  const text = `
# a comment
encryptionsalt: v1:abc=:v1:def==
config:
  semesterhub:platform: local   # here
  semesterhub:roster:
    students: [ada, "x y"]
    staff:
    - teacher
    - "other"
  semesterhub:proxy:
    port: 9443
    httpPort: "9080"
  semesterhub:storage: { path: /elsewhere }
  "semesterhub:student":
    memory: 512M
    memoryReserved: 2G
  semesterhub:backup:
    target: 'swift://x#y'
`;
  const settings = settingsFrom(text, "dev");
  expect(settings).toMatchObject({
    platform: "local",
    httpsPort: 9443,
    httpPort: 9080,
    backups: undefined,
    memory: 512 * 2 ** 20,
    memoryReserved: 512 * 2 ** 20,
  });
  const yaml = readYaml(text);
  expect(textAt(yaml, "encryptionsalt")).toBe("v1:abc=:v1:def==");
  expect(textAt(yaml, "config", "semesterhub:backup", "target")).toBe("swift://x#y");
  expect(textAt(yaml, "config", "semesterhub:backup", "target", "deeper")).toBeUndefined();
});

test("mappings in braces and anchors, as some clouds.yaml have them", () => {
  const yaml = readYaml(`clouds:
  admin: &common
    auth: { auth_url: "http://10.90.0.1:5000/v3", username: a, password: "x, y: {z}", 'domain': { name: d } }
    region_name: RegionOne
  demo: {}
`);
  const at = (...path: string[]) => textAt(yaml, "clouds", ...path);
  expect(at("admin", "auth", "auth_url")).toBe("http://10.90.0.1:5000/v3");
  expect(at("admin", "auth", "username")).toBe("a");
  expect(at("admin", "auth", "password")).toBe("x, y: {z}");
  expect(at("admin", "auth", "domain", "name")).toBe("d");
  expect(at("admin", "region_name")).toBe("RegionOne");
  expect(at("demo")).toBeUndefined();
});

test.each(["  semesterhub:images:\n    registry: r.example.edu", "  semesterhub:images: { x: y }"])(
  "a section with a registry is seen however it is written",
  (section) => {
    expect(settingsFrom(`config:\n${section}\n`, "dev").images).toBe(true);
  },
);

test("nothing reserved is nothing, not the default", () => {
  const text = "config:\n  semesterhub:student:\n    memoryReserved: 0M\n";
  expect(settingsFrom(text, "dev").memoryReserved).toBe(0);
});

test("what can't be read is left to the program to complain about", () => {
  const text =
    "config:\n  semesterhub:proxy: *alias\n  semesterhub:student:\n    memory: lots\n\t?\n";
  expect(settingsFrom(text, "dev")).toMatchObject({ httpsPort: 8443, memory: 2 ** 30 });
  expect(settingsFrom("config:\n  semesterhub:proxy:\n    port: 99999\n", "x").httpsPort).toBe(
    8443,
  );
});

test("sizes", () => {
  expect(parseSize("1.5G")).toBe(1.5 * 2 ** 30);
  expect(parseSize("256MiB")).toBe(2 ** 28);
  expect(parseSize("12")).toBeUndefined();
});

test("the salt is added to a configuration without one, and to no other", () => {
  const salt = "encryptionsalt: v1:a:v1:b\n";
  expect(withSalt("config:\n  a: b\n", salt)).toBe("encryptionsalt: v1:a:v1:b\nconfig:\n  a: b\n");
  expect(withSalt("encryptionsalt: v1:own\nconfig:\n  a: b\n", salt)).toBeUndefined();
  expect(withSalt("secretsprovider: awskms://x\n", salt)).toBeUndefined();
  expect(() => withSalt("config:\n  a: b\n", "nothing: here\n")).toThrow(/salt is missing/);
});
