// Pulumi.<stack>.yaml as commands read it before Pulumi does.
import { parseStackFile, withSalt } from "../../../scripts/lib/pulumi/stackFile.mjs";

const read = (text: string) => parseStackFile(text, "Pulumi.dev.yaml");

test.each([
  ["nothing", "", "local", false],
  ["nothing but a comment", "# later\n", "local", false],
  ["a plain value", "config:\n  semesterhub:platform: hosts # ours\n", "hosts", false],
  [
    "a flow mapping over lines",
    "config: {\n  semesterhub:platform:\n    openstack,\n}\n",
    "openstack",
    false,
  ],
  ["an anchor", "config:\n  a:x: &p hosts\n  semesterhub:platform: *p\n", "hosts", false],
  ["a section in JSON", 'config:\n  semesterhub:images: \'{"registry": "r"}\'\n', "local", true],
])("the platform in %s", (_, text, platform, registry) => {
  expect(read(text)).toMatchObject({ platform, registry });
});

test("what is no YAML is refused in one message that names the file", () => {
  expect(() => read("config:\n\t- x: [\n")).toThrow(/^Pulumi\.dev\.yaml is no YAML: /);
});

test("the salt is added to a configuration without one, and to no other", () => {
  const salt = "encryptionsalt: v1:a:v1:b\n";
  const salted = (text: string, from = salt) => withSalt(read(text), from);
  expect(salted("config:\n  a: b\n")).toBe("encryptionsalt: v1:a:v1:b\nconfig:\n  a: b\n");
  expect(salted("encryptionsalt: v1:own\nconfig:\n  a: b\n")).toBeUndefined();
  expect(salted("secretsprovider: awskms://x\n")).toBeUndefined();
  expect(() => salted("config:\n  a: b\n", "nothing: here\n")).toThrow(/salt is missing/);
});
