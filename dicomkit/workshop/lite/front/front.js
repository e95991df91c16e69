// The front page: what it does with the notebooks that were changed in this browser.
import { bytesOf, forget, storedFiles } from "./storage.js";
import { zipOf } from "./zip.js";

const storage = document.body.dataset.storage ?? "";

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} sentence */
function say(sentence) {
  element("said").textContent = sentence;
}

/** @param {number} number */
const counted = (number) => `${number} ${number === 1 ? "file" : "files"}`;

async function download() {
  const files = await storedFiles(storage);
  if (!files.length) {
    say("You have changed nothing yet, so there is nothing to download.");
    return;
  }
  const zip = zipOf(files.map((file) => ({ name: file.path, bytes: bytesOf(file) })));
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(zip), download: "my-notebooks.zip" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  say(`my-notebooks.zip holds ${counted(files.length)}.`);
}

async function startAgain() {
  const files = await storedFiles(storage);
  element("question").textContent = files.length
    ? `This browser keeps ${counted(files.length)} that you have changed. They would be deleted.`
    : "You have changed nothing yet. Open notebooks are forgotten.";
  const dialog = /** @type {HTMLDialogElement} */ (element("sure"));
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue !== "yes") return;
  await forget(storage);
  await forget(`${storage} workspaces`);
  say("All notebooks are as published.");
}

/** Do something when a button is pressed, and say what goes wrong.
 *  @param {string} id
 *  @param {() => Promise<void>} action */
function onPress(id, action) {
  element(id).addEventListener("click", () => action().catch((problem) => say(`That did not work: ${problem.message}`)));
}

onPress("download", download);
onPress("start-again", startAgain);
