import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

/** Where tests put what people may want to look at. */
export const output = fileURLToPath(new URL("../../output/", import.meta.url));

export interface Server {
  url: string;
  stop(): Promise<void>;
}

let binary: string | undefined;

function build(): string {
  mkdirSync(output, { recursive: true });
  const path = join(output, "server");
  execFileSync("go", ["build", "-o", path, "./server"], { cwd: repository, stdio: "inherit" });
  return path;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/** Starts the real server on an empty folder: the club of the simulator, with nobody signed in yet. Pages of `origin` may call it. */
export async function startServer({ tls = false, origin = "" }: { tls?: boolean; origin?: string } = {}): Promise<Server> {
  binary ??= build();
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "dongbaejul-browser-"));
  const url = `${tls ? "https" : "http"}://localhost:${port}`;
  const log = openSync(join(output, "server.log"), "a");
  const child = spawn(binary, {
    cwd: dir,
    env: {
      ...process.env,
      ...(tls ? certificate(dir) : {}),
      ...(origin ? { ALLOWED_ORIGINS: origin } : {}),
      APP_ENV: "development",
      LOG_LEVEL: "warn",
      BAND_SYNC_INTERVAL: "0s",
      DATA_DIR: join(dir, "data"),
      PORT: String(port),
      PUBLIC_URL: url,
    },
    stdio: ["ignore", log, log],
  });
  const stop = async () => {
    await end(child);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await listening(port, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** A certificate for localhost, signed by itself: by the program that comes with Go. */
function certificate(dir: string): NodeJS.ProcessEnv {
  const root = execFileSync("go", ["env", "GOROOT"], { cwd: repository, encoding: "utf8" }).trim();
  const program = join(root, "src/crypto/tls/generate_cert.go");
  execFileSync("go", ["run", program, "--host", "localhost", "--ecdsa-curve", "P256"], { cwd: dir, stdio: "ignore" });
  return { TLS_CERT_FILE: join(dir, "cert.pem"), TLS_KEY_FILE: join(dir, "key.pem") };
}

async function listening(port: number, child: ChildProcess) {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server has ended with code ${child.exitCode}: see ${join(output, "server.log")}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", () => resolve(false));
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error("the server does not listen");
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill();
  });
}
