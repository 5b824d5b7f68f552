const STORE = "files";

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser keeps nothing"));
  });
}

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open("dramatis", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return (await done(opening)).transaction(STORE, mode).objectStore(STORE);
}

/** Keep a file in this browser until it has reached the studio: a reload in the middle of an upload loses nothing. */
export async function keepFile(name: string, file: File): Promise<void> {
  try {
    await done((await store("readwrite")).put(file, name));
  } catch {
    // storage is full or forbidden: the file lives as long as the page
  }
}

/** The kept file, or undefined where there is none. */
export async function keptFile(name: string): Promise<File | undefined> {
  try {
    return await done((await store("readonly")).get(name) as IDBRequest<File | undefined>);
  } catch {
    return undefined;
  }
}

export async function dropFile(name: string): Promise<void> {
  try {
    await done((await store("readwrite")).delete(name));
  } catch {
    // nothing was kept
  }
}
