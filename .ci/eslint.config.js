// What a linter asks of the front ends: nothing undefined, nothing unused, nothing that only looks like what it is.
const BROWSER = [
  "AbortController", "Blob", "CustomEvent", "IntersectionObserver", "ResizeObserver", "TextDecoder", "Request", "Response", "TextEncoder", "TransformStream", "URL",
  "WheelEvent", "Worker", "addEventListener", "atob", "caches", "cancelAnimationFrame", "clearInterval", "clearTimeout", "console", "devicePixelRatio",
  "document", "fetch", "getComputedStyle", "indexedDB", "location", "matchMedia", "navigator", "performance", "postMessage", "queueMicrotask", "requestAnimationFrame", "self",
  "setInterval", "setTimeout", "window",
];
const RULES = {
  "array-callback-return": "error", "consistent-this": "error", eqeqeq: "error", "no-constant-condition": "error",
  "no-dupe-args": "error", "no-dupe-class-members": "error", "no-dupe-keys": "error", "no-duplicate-imports": "error",
  "no-eval": "error", "no-fallthrough": "error", "no-implicit-globals": "error", "no-implied-eval": "error",
  "no-loss-of-precision": "error", "no-redeclare": "error", "no-self-assign": "error", "no-shadow-restricted-names": "error",
  "no-undef": "error", "no-unreachable": "error", "no-unsafe-finally": "error", "no-unused-vars": "error",
  "no-use-before-define": ["error", { functions: false, classes: false, variables: false }], "no-useless-return": "error",
  "no-var": "error", "prefer-const": "error", "use-isnan": "error", "valid-typeof": "error",
};

export default [
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: Object.fromEntries(BROWSER.map((name) => [name, "readonly"])) },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: RULES,
  },
];
