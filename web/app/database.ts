/** Records that the browser keeps in IndexedDB, or in memory alone where it refuses storage. */

export class RecordStore<Item extends { key: string }> {
  private readonly memory = new Map<string, Item>();
  private database: Promise<IDBDatabase | null> | null = null;

  /** A database holds one store. */
  constructor(
    private readonly databaseName: string,
    private readonly storeName: string,
  ) {}

  async all(): Promise<Item[]> {
    const store = await this.open('readonly');
    return store === null ? [...this.memory.values()] : done<Item[]>(store.getAll());
  }

  async get(key: string): Promise<Item | undefined> {
    const store = await this.open('readonly');
    return store === null ? this.memory.get(key) : done<Item | undefined>(store.get(key));
  }

  async put(...items: readonly Item[]): Promise<void> {
    const store = await this.open('readwrite');
    if (store === null) for (const item of items) this.memory.set(item.key, item);
    else await Promise.all(items.map((item) => done(store.put(item))));
  }

  async delete(key: string): Promise<void> {
    const store = await this.open('readwrite');
    if (store === null) this.memory.delete(key);
    else await done(store.delete(key));
  }

  async clear(): Promise<void> {
    const store = await this.open('readwrite');
    this.memory.clear();
    if (store !== null) await done(store.clear());
  }

  private async open(mode: IDBTransactionMode): Promise<IDBObjectStore | null> {
    this.database ??= this.openDatabase().catch(() => null);
    const database = await this.database;
    return database?.transaction(this.storeName, mode).objectStore(this.storeName) ?? null;
  }

  private openDatabase(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.databaseName, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(this.storeName, { keyPath: 'key' });
    };
    return done(request);
  }
}

function done<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
