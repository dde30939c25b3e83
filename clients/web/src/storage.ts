type Texts = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The browser's storage for the app. As in any Storage, Object.keys lists what is stored. */
export const localTexts = open(() => localStorage);
/** The browser's storage for the tab. */
export const tabTexts = open(() => sessionStorage);

/** Returns a storage of the browser, or one in memory if the browser blocks it: reading the property throws then. */
function open(storage: () => Texts | null): Texts {
  try {
    // In some web views it is null.
    return storage() ?? memoryTexts();
  } catch {
    return memoryTexts();
  }
}

function memoryTexts(): Texts {
  const methods: Texts = {
    getItem: (key) => texts[key] ?? null,
    setItem: (key, text) => {
      texts[key] = text;
    },
    removeItem: (key) => {
      delete texts[key];
    },
  };
  const texts: Texts & Record<string, string> = Object.create(methods);
  return texts;
}

/** Returns the text stored under a key, or null if there is none or it cannot be read. */
export function readText(texts: Texts, key: string): string | null {
  try {
    return texts.getItem(key);
  } catch {
    return null;
  }
}

/** Stores a text under a key, or removes it if it is null. Reports whether that worked: the storage may be full. */
export function writeText(texts: Texts, key: string, text: string | null): boolean {
  try {
    if (text === null) texts.removeItem(key);
    else texts.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}
