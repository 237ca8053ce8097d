// What was dropped or chosen, folders included: every file with its name from the folder on that was
// dropped, as the links of a sublayout are known by theirs.

// The most files that are taken at once; a home folder dropped by mistake has more.
const MOST_FILES = 4096;

// The files of a drop or a paste, as [{name, file}], those of a folder sorted by name. It must be called
// while the event is handled: afterwards the browser no longer says what was dropped.
export async function filesOf(transfer) {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === "file");
  const given = items.map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const found = [];
  for (const { entry, file } of given) {
    if (entry?.isDirectory) await walk(entry, "", found);
    else if (file) take(found, file.name, file);
  }
  return found;
}

// The files of a folder that was chosen: the browser names them from that folder's own name on.
export function filesOfFolder(files) {
  const found = [];
  for (const file of files) take(found, file.webkitRelativePath.split("/").slice(1).join("/") || file.name, file);
  return found.sort(byName);
}

async function walk(folder, prefix, found) {
  const reader = folder.createReader();
  const entries = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break; // only an empty answer is the last one
    entries.push(...some);
  }
  for (const entry of entries.sort(byName)) {
    const name = prefix + entry.name;
    if (entry.isDirectory) await walk(entry, `${name}/`, found);
    else take(found, name, await new Promise((resolve, reject) => entry.file(resolve, reject)));
  }
}

function take(found, name, file) {
  if (found.length === MOST_FILES) throw new Error(`more than ${MOST_FILES} files: give those that belong together`);
  found.push({ name, file });
}

function byName(one, other) {
  return one.name < other.name ? -1 : 1;
}
