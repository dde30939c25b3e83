/** Stores files by key, over restarts. */
export interface FileStore {
  get(key: string): Promise<Blob | undefined>;
  set(key: string, file: Blob): Promise<void>;
  delete(key: string): Promise<void>;
  keys(): Promise<readonly string[]>;
}

/** Returns a store in memory, which lasts as long as the program runs. */
export function memoryFiles(): FileStore {
  const files = new Map<string, Blob>();
  return {
    get: (key) => Promise.resolve(files.get(key)),
    set: (key, file) => Promise.resolve(void files.set(key, file)),
    delete: (key) => Promise.resolve(void files.delete(key)),
    keys: () => Promise.resolve([...files.keys()]),
  };
}

const table = "files";

/** Returns a store in a browser's IndexedDB, which all tabs share. */
export function indexedDbFiles(name = "dongbaejul.files"): FileStore {
  let opening: Promise<IDBDatabase> | undefined;
  const open = (): Promise<IDBDatabase> => {
    const opened = new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(table);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    }).then((db) => {
      // Another tab deletes the database, or the browser has closed it: it is opened again when it is needed.
      db.onversionchange = () => {
        db.close();
        opening = undefined;
      };
      db.onclose = () => (opening = undefined);
      return db;
    });
    opened.catch(() => (opening = undefined));
    return opened;
  };
  /** Runs a request in a transaction, and resolves when that is complete. */
  const run = async <T>(mode: IDBTransactionMode, f: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const db = await (opening ??= open());
    return new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(table, mode);
      const request = f(transaction.objectStore(table));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    get: (key) => run<Blob | undefined>("readonly", (store) => store.get(key) as IDBRequest<Blob | undefined>),
    set: async (key, file) => void (await run("readwrite", (store) => store.put(file, key))),
    delete: (key) => run("readwrite", (store) => store.delete(key)),
    keys: () => run("readonly", (store) => store.getAllKeys() as IDBRequest<string[]>),
  };
}
