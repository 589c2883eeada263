// @ts-check
import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["node_modules/", ".semesterhub/", "offline/", "coverage/", "images/"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // The compiler knows better which names exist, in JavaScript too (checkJs).
      "no-undef": "off",
      // `process.env["X"]` says that X may be missing.
      "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
      // Numbers and booleans read well in messages; Outputs in templates stay forbidden.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    // Imports run one way, index → components → config, and never in a circle.
    files: ["**/*.ts", "**/*.mjs"],
    plugins: { "import-x": importX },
    settings: {
      "import-x/extensions": [".ts", ".mjs"],
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".mjs", ".js"] })],
    },
    rules: {
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            {
              target: "./config",
              from: ["./components", "./index.ts", "./scripts", "./test"],
              message: "config/ knows nobody above it.",
            },
            {
              target: "./components",
              from: ["./index.ts", "./scripts", "./test"],
              message: "Components know other components and config/.",
            },
            {
              target: "./components/lib",
              from: ["./components/!(lib)/**", "./components/*.ts"],
              message: "components/lib knows no component.",
            },
          ],
        },
      ],
    },
  },
);
