// Lets Node take the front ends for what they are: they end in .js, and no package.json of Node's lies beside them.
import { register } from "node:module";

const hook = `export async function load(url, context, next) {
  return next(url, /\\/dicomkit\\/(viewers|workshop)\\//.test(url) ? { ...context, format: "module" } : context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
