// @ts-check
// Six projects: `unit` is the quick loop, `deploy` and `browser` need a Docker engine, `openstack` a
// cloud, `machines` the bed that test/machines.mjs makes, `endurance` the course of its run.mjs.

/** @type {import("jest").Config} */
const common = {
  testEnvironment: "node",
  transform: {
    "\\.(ts|mjs)$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
  },
  // Jest looks through all files below these, which takes seconds where tools and packages are.
  roots: ["<rootDir>/test"],
  moduleFileExtensions: ["ts", "js", "mjs", "cjs", "json", "node"],
  // Node's resolution knows files by their full name; the program leaves endings out.
  moduleNameMapper: {
    "^(\\.{1,2}/.*)\\.js$": "$1",
    // The SDK loads both, a second for each test file, to turn functions into text; the program has
    // no such functions.
    "^@npmcli/arborist$": "<rootDir>/test/unit/lib/nothing.ts",
    "/typescript-shim$": "<rootDir>/test/unit/lib/nothing.ts",
  },
};

// All unit tests run in a few files that run the others, since each file that Jest runs loads Pulumi's SDK
// again. A file or folder that is named on the command line runs alone.
const named = process.argv.slice(2).some((word) => /^(\.\/)?test\/unit\/|\.test\.ts$/.test(word));
const unitTests = named
  ? ["<rootDir>/test/unit/**/*.test.ts"]
  : ["<rootDir>/test/unit/groups/*.ts", "<rootDir>/test/unit/components/lib/sdkStartup.test.ts"];

/** @type {import("jest").Config} */
export default {
  projects: ["unit", "deploy", "browser", "openstack", "machines", "endurance"].map((name) => ({
    ...common,
    displayName: name,
    setupFilesAfterEnv: [`<rootDir>/test/${name}/setup.ts`],
    testMatch: name === "unit" ? unitTests : [`<rootDir>/test/${name}/*.test.ts`],
  })),
};
